import { ok, type Result, refuse } from '../../../base/result.js'
import { requestsOf, type Sequence } from '../../protocol/sequence.js'
import type { LinuxBacking } from '../../protocol/setting.js'
import type { Transcript } from '../../protocol/transcript.js'
import { readData } from './data.js'
import { consoleCommand, type LinuxInterface, linuxInterfaces, needsKvm } from './qemu.js'

/** The source files of the agent, in order of need; the program has its own main. */
const parts = [
  ...[
    'agent.h',
    'uapi.h',
    'dmaproof_pt.h',
    'files.c',
    'boot.c',
    'lines.c',
    'devices.c',
    'iommufd.c',
    'replace.c',
    'table.c',
    'container.c',
    'guest-memfd.c',
    'memory.c',
    'faults.c',
  ],
  ...['dma.c', 'race.c', 'stray.c', 'kvm.c', 'calls.c'],
]

const quoted = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`

/**
 * A C program of one file that makes the calls of a saved run by the kernel's own ioctls, outside of this harness.
 *
 * @returns its text; or why the run is not one of a kernel's interfaces
 */
export function reproducer({ header, sequence, answers }: Transcript): Result<string> {
  const { setting } = sequence
  const on = linuxInterfaces.find((known) => known === setting.interface)
  if (on === undefined) {
    return refuse(`${setting.interface} is no interface of a kernel; expected one of ${linuxInterfaces.join(', ')}`)
  }
  const calls = requestsOf(sequence).map((call, index) => {
    const reply = answers[index]
    const then = reply === undefined ? `nothing: ${header.why}` : JSON.stringify(reply)
    return `\t{ ${quoted(JSON.stringify({ id: index, ...call }))},\n\t  ${quoted(then)} },`
  })
  const main = `${readData('repro-then.c')}${readData('repro-main.c')}`
    .replace('INTERFACE', quoted(on))
    .replace('BACKING', quoted(header.backing ?? 'memfd'))
    .replace('/* CALLS */', () => calls.join('\n'))
  return ok(`${head(header)}${guest(on, setting, header.backing)}${includes}${parts.map(part).join('')}${main}`)
}

/** @param header of the transcript that it comes from */
function head({ target, platforms, why }: Transcript['header']): string {
  return `// ${target}, checked against ${platforms.join(' or ')}: ${why}
// Build: gcc -static -O2 -o repro repro.c
// In the Makefile of a kselftest: TEST_GEN_PROGS := repro
`
}

/** A guest to run it in: QEMU's command, and the kernel's configuration as merge_config.sh takes it. */
function guest(on: LinuxInterface, { devices, kvm }: Sequence['setting'], backing?: LinuxBacking): string {
  const kernel = { name: '', version: '', image: 'bzImage', modules: [] }
  const machine = { kernel, initrd: 'repro.cpio', interface: on, devices, kvm: kvm === 1 || needsKvm(on, backing) }
  const boot = consoleCommand(backing === undefined ? machine : { ...machine, backing })
  const config = ['kernel.config', 'kernel-7.2.config'].map((name) => readData(name)).join('')
  return `// As /init of repro.cpio, in a guest: ${boot}
// The kernel's configuration, for merge_config.sh; a kernel before 7.2 has no CONFIG_IOMMU_PT:
${config.replace(/^/gm, '// ').replace(/\/\/ $/, '')}`
}

const includes = `#define _GNU_SOURCE
#include <stdio.h>
#include <sys/reboot.h>
#include <termios.h>
#include <unistd.h>
`

/** One part, without the includes of the others. */
function part(name: string): string {
  const text = readData('agent', name)
    .replace(/^#include ".*"\n/gm, '')
    .replace(/^#define _GNU_SOURCE\n/gm, '')
  return `\n// --- ${name}\n${text.trim()}\n\n`
}
