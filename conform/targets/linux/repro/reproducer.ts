import { ok, type Result, refuse } from '../../../../base/result.js'
import type { Transcript } from '../../../protocol/transcript.js'
import { emulatedIommus } from '../iommus.js'
import { type LinuxInterface, linuxInterfaces } from '../qemu.js'
import { functionsOf, onUnit } from './binding.js'
import { compared, type Field, quoted } from './compared.js'
import { type Needs, needsOf } from './needs.js'
import { programOf } from './program.js'
import { sequenceText } from './sequence-text.js'
import { foldedStructs, shortened } from './shorten.js'
import { without } from './units.js'

/**
 * A C program of one file that makes the calls of a saved run by the kernel's own ioctls, outside of this harness. Of
 * the agent's functions it has those that these calls need on this interface.
 *
 * @param diverged fields of the last reply that the model does not allow: of its counters these are compared; all, if
 *   that is not known
 * @returns its text; or why the run is not one of a kernel's interfaces
 */
export function reproducer(transcript: Transcript, diverged?: readonly Field[]): Result<string> {
  const { header, sequence, answers } = transcript
  const { setting, earlier = [] } = sequence
  const on = linuxInterfaces.find((known) => known === setting.interface)
  if (on === undefined) {
    return refuse(`${setting.interface} is no interface of a kernel; expected one of ${linuxInterfaces.join(', ')}`)
  }
  const kept = compared(transcript, diverged)
  const needs = needsOf(on, transcript, kept)
  const sequences = [...earlier, sequence]
  const body: string[] = []
  let at = 0
  for (const [index, one] of sequences.entries()) {
    const end = at + one.calls.length + 1
    body.push(...sequenceText(one, { recorded: answers.slice(at, end), kept: kept.slice(at, end) }, index, needs))
    at = end
  }
  const wanted = Math.max(...sequences.map((one) => one.setting.devices))
  const last = answers.length < at ? [skipped(header.why)] : verdict
  const main = mainText([...begun(wanted, needs), ...opening(needs), ...body, '', ...last])
  const [onInterface, unit] = [functionsOf(on), onUnit(needs.iommu)]
  const idle = idleIn(main, needs)
  const code = programOf(filesFor(needs), main, (text) => without(idle, unit(onInterface(text))))
  const text = foldedStructs(shortened(code))
  return ok(`${head(header, text, takesDevices(needs))}${text}`)
}

/** The files of `pieces` whose definitions take the place of the agent's. */
const filesFor = ({ on, dma, hasScratch }: Needs): readonly string[] => [
  ...['frame.c', 'memory.c', 'faults.c', 'pins.c', 'kvm.c'],
  ...(on === 'page-table' ? ['table.c'] : ['device.c']),
  ...(on.startsWith('iommufd') ? ['iommufd.c'] : ['type1.c']),
  ...(on === 'iommufd-replace' && !hasScratch ? ['replace.c'] : []),
  ...(dma === 'none' || dma === 'agent' ? [] : ['edu.c', dma === 'values' ? 'dma.c' : 'zeroes.c']),
  ...(dma === 'reads' ? ['reads.c'] : []),
]

/** Functions of the agent that change nothing this run shows: what the scratch pages cost, their share of a limit. */
function idleIn(main: string, { hasMemlock, iommu }: Needs): readonly string[] {
  const showsCosts = /\b(pins|locked|entries)_(now|left|note)/.test(main)
  return [
    ...(emulatedIommus[iommu].tellsFaults ? ['frames_forget'] : []),
    ...(showsCosts ? [] : ['cost_begin', 'cost_end', 'cost_forget']),
    ...(hasMemlock ? [] : ['raise_memlock']),
  ]
}

/** @param header of the transcript that it comes from */
function head({ target, platforms, why }: Transcript['header'], program: string, takesAddresses: boolean): string {
  const isNew = /<linux\/(iommufd|kvm)\.h>/.test(program)
  const headers = isNew ? '-isystem LINUX_TREE/usr/include ' : ''
  return `// SPDX-License-Identifier: Apache-2.0
// ${target}, checked against ${platforms.join(' or ')}: ${why}
// Build: gcc -static -O2 ${headers}-o repro repro.c${isNew ? ', after make -C LINUX_TREE headers' : ''}
// In the Makefile of a kselftest: TEST_GEN_PROGS := repro${isNew ? ', CFLAGS += $(KHDR_INCLUDES)' : ''}
// Run: ./repro${takesAddresses ? " ADDRESS..., the PCI addresses of QEMU's edu devices" : ''}
// A kernel and a guest for that: sh repro.sh LINUX_TREE, printed by dmaproof repro FILE --script
`
}

/** What is done once, before the first reset: the devices fill their buffers. */
const opening = ({ on, fillsBuffers, hasScratch, signs, storesReads }: Needs): readonly string[] => [
  ...(on === 'page-table' ? ['table_begin();'] : []),
  ...(fillsBuffers ? ['scratch_open();'] : []),
  ...(storesReads ? scratchMemory(on) : []),
  ...(signs && hasScratch && !fillsBuffers ? ['scratch_pages = container_scratch();'] : []),
]

/** Memory for what devices read, which is mapped as the pages are. */
const scratchMemory = (on: LinuxInterface): readonly string[] =>
  on === 'iommufd-file'
    ? [
        'scratch_fd = memfd_create("scratch", MFD_CLOEXEC);',
        'must(ftruncate(scratch_fd, PAGE));',
        'scratch = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, scratch_fd, 0);',
      ]
    : ['scratch = aligned_alloc(PAGE, PAGE);']

const begun = (wanted: number, needs: Needs): readonly string[] => [
  'setvbuf(stdout, NULL, _IOLBF, 0);',
  String.raw`printf("TAP version 13\n1..1\n");`,
  ...(takesDevices(needs)
    ? [
        `if (argc <= ${wanted})`,
        `\tdie("expected the PCI address of ${wanted === 1 ? 'a device' : `each of ${wanted} devices`}");`,
        ...Array.from({ length: wanted }, (_, index) => `devices[${index}].address = argv[${index + 1}];`),
        `device_count = ${wanted};`,
      ]
    : []),
]

/** Whether it opens devices itself; those of a page table are the driver's, but for their registers. */
const takesDevices = ({ on, dma, hasContainer }: Needs): boolean =>
  on === 'page-table' ? dma !== 'none' : hasContainer

const verdict = [
  'if (first_other)',
  String.raw`	printf("ok 1 - not reproduced: %s was answered otherwise than then\n", first_other);`,
  'else',
  String.raw`	printf("not ok 1 - reproduced: every call was answered as it was then\n");`,
  'return first_other ? PASS : FAIL;',
]

const skipped = (why: string): string =>
  `printf("ok 1 - cannot tell # SKIP %s\\n", ${quoted(`no reply then: ${why}`)});\nreturn SKIP;`

const counter = 'long long'
const locals: Readonly<Record<string, string>> = {
  unmapped: 'uint64_t',
  faults: counter,
  pins: counter,
  old_pins: counter,
  locked: counter,
  old_locked: counter,
  old_tables: counter,
  entries: counter,
  error: 'int',
  scratch_fd: 'int',
  data: 'int',
  when: 'const char *',
}

function mainText(statements: readonly string[]): string {
  const code = statements.join('\n')
  const used = Object.entries(locals).filter(([name]) => new RegExp(`(^|&|\\t)${name}( = |[,)])`, 'm').test(code))
  const types = [...new Set(used.map(([, type]) => type))]
  const declared = types.map((type) => {
    const names = used.filter(([, own]) => own === type).map(([name]) => name)
    return `${type}${type.endsWith('*') ? '' : ' '}${names.join(', ')};`
  })
  const lines = [...declared, ...statements].flatMap((statement) => statement.split('\n'))
  const text = lines.map((line) => (line === '' ? '\n' : `\t${line}\n`)).join('')
  const parameters = code.includes('argv') ? 'int argc, char **argv' : 'void'
  return `int main(${parameters})\n{\n${text}}\n`
}
