import { dataFiles, readData } from '../data.js'
import { folded } from './shorten.js'
import { neededBy, type Unit, unitsOf } from './units.js'

/** The agent's files that dispatch its calls: by interface, by the kind of IOMMU, by request, and its own main. */
const dispatch: readonly string[] = ['container.c', 'unit.c', 'calls.c', 'lines.c', 'main.c']

/** The headers that many of the agent's files include, by what a program needs them for. */
const neededFor: Readonly<Record<string, RegExp>> = {
  'dirent.h': /\bdirent\b/,
  'errno.h': /\berrno\b|\bE[A-Z]+\b/,
  'fcntl.h': /\bO_\w+|\bfallocate\b/,
  'glob.h': /\bglob_t\b/,
  'limits.h': /\b(PATH|LLONG)_MAX\b/,
  'linux/iommufd.h': /\b(IOMMU_[A-Z]|struct iommu_)/,
  'linux/kvm.h': /\b(KVM|kvm)_/,
  'linux/pci_regs.h': /\bPCI_/,
  'linux/vfio.h': /\b(VFIO|vfio)_/,
  'stdbool.h': /\b(bool|true|false)\b/,
  'stddef.h': /\boffsetof\b/,
  'string.h': /\b(mem|str)[a-z_]+\(/,
  'sys/mman.h': /\b(mmap|munmap|memfd_create)\(/,
  'unistd.h': /\b(close|ftruncate|usleep|access|_exit|p?(read|write))\(/,
}

/** Those that a main may need. */
const ofMain = ['errno.h', 'fcntl.h', 'stdbool.h', 'stdint.h', 'stdio.h', 'stdlib.h', 'string.h', 'unistd.h']

/** What the kernel's own headers have, so that no program need bring it along. */
const isOfHeaders = (name: string): boolean =>
  /^(struct (iommu|vfio|kvm)_|(IOMMU|VFIO|KVM|GUEST_MEMFD)_|IOMMUFD_TYPE)/.test(name)

/**
 * A C program of one file, of those of the agent's definitions that its main needs.
 *
 * @param own files of `pieces`, whose definitions take the place of the agent's
 * @param bound what an interface makes of a text
 */
export function programOf(
  own: readonly string[],
  main: string,
  bound: (text: string) => string = (text) => text,
): string {
  const names = [
    'agent.h',
    'uapi.h',
    'dmaproof_pt.h',
    ...dataFiles('agent', '.c').filter((name) => !dispatch.includes(name)),
  ]
  const files = [...names.map((name) => agentText(name)), ...own.map((name) => readData('repro', 'pieces', name))]
  const boundMain = bound(main)
  const units = neededBy(
    boundMain,
    files.flatMap((text) => unitsOf(bound(text))).filter((unit) => !unit.names.every(isOfHeaders)),
  )
  const code = `${units.map(definition).join('')}\n${boundMain}`
  const headers = new Set([...ofMain, ...units.flatMap(({ includes }) => includes)])
  const needed = [...headers].sort().filter((name) => neededFor[name]?.test(code) ?? true)
  const includes = needed.map((name) => `#include <${name}>\n`)
  return `#define _GNU_SOURCE\n${includes.join('')}\n${code}`.replace(/\n{3,}/g, '\n\n')
}

/** The comments of our driver's header are for who reads it whole. */
const agentText = (name: string): string =>
  name === 'dmaproof_pt.h' ? readData('agent', name).replace(/^\t?\/\*[\s\S]*?\*\/\n/gm, '') : readData('agent', name)

/** With a blank line before what is longer than one; static, since the program is one file. */
function definition({ kind, text }: Unit): string {
  const isValue = kind === 'value'
  const own = folded(isValue ? text.replace(/^(?!static\b|\/\*| \*|[\t\n])(?=[_a-z])/m, 'static ') : text)
  return own.includes('\n') ? `\n${own}\n\n` : `${own}\n`
}
