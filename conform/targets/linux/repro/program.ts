import { ok, type Result, refuse } from '../../../../base/result.js'
import { type Answer, type Call, noLimits } from '../../../protocol/messages.js'
import type { Sequence } from '../../../protocol/sequence.js'
import type { LinuxIommu, TestSetup } from '../../../protocol/setting.js'
import type { Transcript } from '../../../protocol/transcript.js'
import { dataFiles, readData } from '../data.js'
import { emulatedIommus } from '../iommus.js'
import { type LinuxInterface, linuxInterfaces } from '../qemu.js'
import { type CallSetting, callText } from './calls.js'
import { hasScratchAlways, isSmall, type Needs, needsOf } from './needs.js'
import { folded, shortened } from './shorten.js'
import { neededBy, type Unit, unitsOf, without } from './units.js'

/** The agent's files that dispatch its calls: by interface, by the kind of IOMMU, by request, and its own main. */
const dispatch: readonly string[] = ['container.c', 'unit.c', 'calls.c', 'lines.c', 'main.c']

/** What an interface makes of the calls on a container, from the agent's table: `container_map` is `vfio_map`. */
function functionsOf(on: LinuxInterface): (text: string) => string {
  const row =
    readData('agent', 'container.c')
      .split('\t{\n')
      .find((text) => text.includes(`.name = "${on}"`)) ?? ''
  const own = new Map([...row.matchAll(/\.(\w+) = (\w+)/g)].map(([, call = '', name = '']) => [call, name]))
  return (text) => text.replace(/\bcontainer_(\w+)/g, (name, call: string) => own.get(call) ?? name)
}

/** What the kind of IOMMU makes of the functions of `unit.c`. */
const toldFaults = {
  fault_count: 'interrupt_count',
  write_arrives: 'marks_arrive',
  backing_punch: 'punch_backing',
} as const
const hiddenFaults: Readonly<Record<keyof typeof toldFaults, string>> = {
  fault_count: 'no_faults',
  write_arrives: 'mark_is_seen',
  backing_punch: 'punch_noted',
}

const onUnit = (iommu: LinuxIommu): ((text: string) => string) => {
  const own = emulatedIommus[iommu].tellsFaults ? toldFaults : hiddenFaults
  const names = new RegExp(`\\b(${Object.keys(own).join('|')})\\b`, 'g')
  return (text) => text.replace(names, (name) => own[name as keyof typeof own])
}

/** The headers that many of the agent's files include, by what a program needs them for. */
const neededFor: Readonly<Record<string, RegExp>> = {
  'dirent.h': /\bdirent\b/,
  'fcntl.h': /\bO_\w+|\bfallocate\b/,
  'glob.h': /\bglob_t\b/,
  'limits.h': /\b(PATH|LLONG)_MAX\b/,
  'linux/kvm.h': /\b(KVM|kvm)_/,
  'linux/pci_regs.h': /\bPCI_/,
  'linux/vfio.h': /\b(VFIO|vfio)_/,
  'stdbool.h': /\bbool\b/,
  'stddef.h': /\boffsetof\b/,
}

/**
 * A C program of one file, of those of the agent's definitions that its main needs.
 *
 * @param own files of this folder, whose definitions take the place of the agent's
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
  const files = [...names.map((name) => readData('agent', name)), ...own.map((name) => readData('repro', name))]
  const boundMain = bound(main)
  const units = neededBy(
    boundMain,
    files.flatMap((text) => unitsOf(bound(text))),
  )
  const code = `${units.map(definition).join('')}\n${boundMain}`
  const headers = new Set(['stdbool.h', 'stdint.h', ...units.flatMap(({ includes }) => includes)])
  const needed = [...headers].sort().filter((name) => neededFor[name]?.test(code) ?? true)
  const includes = needed.map((name) => `#include <${name}>\n`)
  return `#define _GNU_SOURCE\n${includes.join('')}\n${code}`.replace(/\n{3,}/g, '\n\n')
}

/** With a blank line before what is longer than one; static, since the program is one file. */
function definition({ kind, text }: Unit): string {
  const isValue = kind === 'value'
  const own = folded(isValue ? text.replace(/^(?!static\b|\/\*| \*|[\t\n])(?=[_a-z])/m, 'static ') : text)
  return own.includes('\n') ? `\n${own}\n\n` : `${own}\n`
}

/**
 * A C program of one file that makes the calls of a saved run by the kernel's own ioctls, outside of this harness. Of
 * the agent's functions it has those that these calls need on this interface.
 *
 * @returns its text; or why the run is not one of a kernel's interfaces
 */
export function reproducer(transcript: Transcript): Result<string> {
  const { header, sequence, answers } = transcript
  const { setting, earlier = [] } = sequence
  const on = linuxInterfaces.find((known) => known === setting.interface)
  if (on === undefined) {
    return refuse(`${setting.interface} is no interface of a kernel; expected one of ${linuxInterfaces.join(', ')}`)
  }
  const needs = needsOf(on, transcript)
  const sequences = [...earlier, sequence]
  const body: string[] = []
  let at = 0
  for (const [index, one] of sequences.entries()) {
    const calls = one.calls.length + 1
    body.push(...sequenceText(one, answers.slice(at, at + calls), index, needs))
    at += calls
  }
  const wanted = Math.max(...sequences.map((one) => one.setting.devices))
  const last = answers.length < at ? `skip_test(${quoted(`no reply then: ${header.why}`)})` : 'end_test()'
  const first = opening(needs)
  const main = mainText([`begin_test(count - 1, words + 1, ${wanted});`, ...first, ...body], last, needs)
  const [onInterface, unit] = [functionsOf(on), onUnit(needs.iommu)]
  const idle = idleIn(main, needs)
  const code = programOf(filesFor(needs), main, (text) => without(idle, unit(onInterface(text))))
  return ok(`${head(header)}${shortened(code)}`)
}

/** The files of this folder whose definitions take the place of the agent's. */
const filesFor = ({ on, isPlain, writesZeroes }: Needs): readonly string[] => [
  ...['frame.c', 'faults.c', on === 'page-table' ? 'table.c' : 'device.c'],
  ...when(on === 'iommufd' || on === 'iommufd-file', 'iommufd.c'),
  ...when(isPlain, writesZeroes ? 'zeroes.c' : 'dma.c'),
]

/** Functions of the agent that change nothing this run shows: what the scratch pages cost, their share of a limit. */
function idleIn(main: string, { hasMemlock, iommu }: Needs): readonly string[] {
  const showsCosts = /\b(pins|locked|entries)_/.test(main)
  return [
    ...when(emulatedIommus[iommu].tellsFaults, 'frames_forget'),
    ...when(!showsCosts, 'cost_begin', 'cost_end', 'cost_forget'),
    ...when(!hasMemlock, 'raise_memlock'),
  ]
}

const quoted = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`

/** @param header of the transcript that it comes from */
const head = ({ target, platforms, why }: Transcript['header']): string => `// SPDX-License-Identifier: Apache-2.0
// ${target}, checked against ${platforms.join(' or ')}: ${why}
// Build: gcc -static -O2 -o repro repro.c
// In the Makefile of a kselftest: TEST_GEN_PROGS := repro
// Run: ./repro ADDRESS..., the PCI addresses of QEMU's edu devices
// A kernel and a guest for that: sh repro.sh LINUX_TREE, printed by dmaproof repro FILE --script
`

/** What is done once, before the first reset: the devices fill their buffers. */
const opening = ({ on, fillsBuffers, signs }: Needs): readonly string[] => [
  ...when(on === 'page-table', 'table_begin();'),
  ...when(fillsBuffers, 'scratch_open();'),
  ...when(signs && !fillsBuffers, 'scratch_pages = container_scratch();'),
]

const locals = ({ isPlain }: Needs) => ({
  unmapped: 'uint64_t unmapped;',
  faults: 'long long faults;',
  result: isPlain ? 'const char *result;' : 'enum result result;',
  error: 'int error;',
  data: 'int data;',
  when: 'const char *when;',
})

function mainText(statements: readonly string[], last: string, needs: Needs): string {
  const code = statements.join('\n')
  const used = Object.entries(locals(needs)).filter(([name]) => new RegExp(`(&|\\b)${name}( =|[,)])`).test(code))
  const lines = [...used.map(([, text]) => text), ...statements, `return ${last};`]
  const text = lines.map((line) => (line === '' ? '\n' : `\t${line}\n`)).join('')
  return `int main(int count, char **words)\n{\n${text}}\n`
}

/** A reset and the calls behind it, each compared with what was answered then. */
function sequenceText({ setting, calls }: Sequence, answers: readonly Answer[], index: number, needs: Needs): string[] {
  const { on, comparesFaults } = needs
  const about = { ...needs, byFile: on === 'iommufd-file', kvm: setting.kvm === 1 }
  const [reset, ...replies] = answers.map((one) => (comparesFaults ? one : withoutFault(one)))
  const made = calls.flatMap((call, at) => callLines(call, replies[at], about))
  const code = made.join('\n')
  const outcome = reset?.outcome ?? 'ok'
  return [
    ...['', comment(`reset ${fieldsOf(setting)}`)],
    ...(index === 0 ? [] : closing(setting, needs)),
    ...resetText(setting, needs, code),
    ...(isSmall(calls) || on === 'page-table' ? [] : ['backing_fill();']),
    ...opened(setting, needs, code),
    ...(outcome === 'ok' ? [] : [`expect_word("reset", "ok", ${quoted(outcome)});`]),
    ...made,
  ]
}

const fieldsOf = (fields: object): string =>
  Object.entries(fields)
    .flatMap(([field, value]) => (field === 'call' || value === 'none' ? [] : [`${field}=${value}`]))
    .join(' ')

const comment = (text: string): string => `/* ${text} */`

/** A fault that says no more than the result is not compared. */
const withoutFault = ({ fault: _, ...answer }: Answer): Answer => answer

/** A call, its recorded reply beside what is seen now; the outcome first. */
function callLines(call: Call, then: Answer | undefined, about: CallSetting): readonly string[] {
  const label = `${call.call} ${fieldsOf(call)}`.trim()
  const { make, error, seen } = callText(call, then ?? { outcome: '' }, about)
  const signs = call.call === 'map' && about.signs ? [`sign_pages(${call.page}, ${call.count});`] : []
  const { outcome, ...fields } = then ?? {}
  if (outcome === undefined) return ['', comment(label), ...make, ...(error === undefined ? [] : [`(void)${error};`])]
  const first = error === undefined ? [] : [`expect_outcome(${quoted(label)}, ${error}, ${quoted(outcome)});`]
  const compared = Object.entries(fields).map(([field, value]) => {
    const now = seen[field as keyof Answer]
    const what = error === undefined ? `${label}, ${field}` : field
    // what only another implementation can see
    if (now === undefined) return comment(`then ${field} ${value}`)
    if (typeof value === 'number') return `expect_number(${quoted(what)}, ${now}, ${value});`
    return `expect_word(${quoted(what)}, ${now}, ${quoted(value ?? '')});`
  })
  const isNamed = error !== undefined || compared.length > 0
  return ['', ...(isNamed ? [] : [comment(label)]), ...make, ...first, ...signs, ...compared]
}

/** What an earlier sequence has opened. */
const closing = ({ kvm }: TestSetup, { on, hasScratch }: Needs): readonly string[] => [
  ...(kvm === 1 ? ['kvm_close();'] : []),
  'container_close();',
  ...(hasScratch ? ['scratch_gone();'] : []),
  ...(on === 'page-table' ? [] : ['backing_close();']),
]

const when = (is: boolean, ...lines: readonly string[]): readonly string[] => (is ? lines : [])

const uses = (code: string, name: string): boolean => code.includes(`${name}()`)

/** As the agent's `reset` up to where it opens the container, without what no call behind it needs. */
function resetText({ pages, superpage, memlock }: TestSetup, needs: Needs, code: string): readonly string[] {
  const fd = needs.backing === 'memfd' ? 'new_memfd' : 'make_guest_memfd'
  const isTable = needs.on === 'page-table'
  return [
    ...when(uses(code, 'stray_writes'), 'stray_writes();'),
    ...when(isTable, `table_layout(${superpage});`, `backing_of_table(${pages});`),
    ...when(!isTable, `backing_open(${pages}, ${fd}(${pages}));`),
    ...when(uses(code, 'pins_left'), 'pins_note_before();'),
    ...when(uses(code, 'locked_left') || needs.hasMemlock, 'locked_note_before();'),
    ...when(uses(code, 'tables_left'), 'tables_note_before();'),
    ...when(needs.hasMemlock, memlock === noLimits.memlock ? 'set_memlock(LLONG_MAX);' : `limit_memlock(${memlock});`),
  ]
}

/** The rest of it. */
function opened(setting: TestSetup, needs: Needs, code: string): readonly string[] {
  const { devices, entries, kvm } = setting
  const { on, hasDma, hasScratch, fillsBuffers } = needs
  const isTable = on === 'page-table'
  const isLimited = entries !== noLimits.entries
  const each = (name: string) => Array.from({ length: devices }, (_, device) => `${name}(&devices[${device}]);`)
  return [
    ...when(
      needs.hasEntries && on.startsWith('type1'),
      `limit_entries(${entries + (isLimited && hasScratch ? 1 : 0)});`,
    ),
    `container_open(${devices});`,
    ...when(hasDma, ...each('container_ready')),
    ...when(hasScratch, `scratch_reset(${hasScratchAlways(on, setting)});`),
    ...when(isTable && !hasScratch, 'table_hold();'),
    ...when(isTable && fillsBuffers, ...each('scratch_refill')),
    ...when(kvm === 1, 'kvm_open();'),
    ...['entries', 'locked', 'pins', 'faults'].flatMap((what) => when(uses(code, `${what}_now`), `${what}_note();`)),
  ]
}
