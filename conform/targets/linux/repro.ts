import { ok, type Result, refuse } from '../../../base/result.js'
import { requestsOf } from '../../protocol/sequence.js'
import type { Transcript } from '../../protocol/transcript.js'
import { readData } from './data.js'
import { linuxInterfaces } from './qemu.js'

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
  const { interface: on } = sequence.setting
  if (!linuxInterfaces.some((known) => known === on)) {
    return refuse(`${on} is no interface of a kernel; expected one of ${linuxInterfaces.join(', ')}`)
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
  return ok(`${head(header)}${parts.map(part).join('')}${main}`)
}

/** @param header of the transcript that it comes from */
function head({ target, platforms, why }: Transcript['header']): string {
  return `// ${target}, checked against ${platforms.join(' or ')}: ${why}
// Build: gcc -static -O2 -o repro repro.c
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/reboot.h>
#include <termios.h>
#include <unistd.h>
`
}

/** One part, without the includes of the others. */
function part(name: string): string {
  const text = readData('agent', name)
    .replace(/^#include ".*"\n/gm, '')
    .replace(/^#define _GNU_SOURCE\n/gm, '')
  return `\n// --- ${name}\n${text.trim()}\n\n`
}
