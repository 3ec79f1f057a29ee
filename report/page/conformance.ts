import { allRules, type EvidenceRun, type RuleEvidence } from '../../conform/oracle/rule-evidence.js'
import { isFirmware, moduleNames, rmmNames } from '../../conform/protocol/messages.js'
import { type Platform, presets } from '../../model/machine/platform.js'
import { type Rule, vtdUnmapRefused } from '../../spec/index.js'

/** What was recorded, by column of the page. */
export interface Recorded {
  readonly linux612: RuleEvidence
  readonly linux72: RuleEvidence
  readonly processes: readonly RuleEvidence[]
}

interface Untried {
  readonly rules: RegExp
  readonly why: string
  /** The page table in a process tries them. */
  readonly byProcess?: true
}

/** Rules that a row cites beside others and that no run on a kernel in QEMU can try. */
const untried: readonly Untried[] = [
  { rules: /^tdx\./, why: "no TD: KVM's guest there is a software-protected VM" },
  { rules: /^kvm\.in-place\//, why: 'neither kernel converts in place' },
  { rules: /drain|^vtd\.invalidation\/wait-descriptor/, why: "QEMU's DMA is synchronous: none is in flight" },
  { rules: /^vtd\.device-tlb\//, why: "QEMU's edu has no device TLB" },
  {
    rules: /^vtd\.superpage\/unmap-/,
    why: 'VFIO and iommufd ask for no part of a leaf, and meet no hole; the page table is asked for both',
    byProcess: true,
  },
  { rules: /^vtd\.visibility\//, why: "QEMU's unit snoops, and caches nothing that is not present" },
  {
    rules: /^vtd\.invalidation\/(every-unit|coarser)|^vtd\.translation\/iotlb-evict/,
    why: 'one unit, whose own choice it is',
  },
  {
    rules: /^vtd\.translation\/paging-structure-cache|^vtd\.invalidation\/hint-/,
    why: "QEMU's unit keeps no table pages, so that it makes no difference whether an invalidation keeps them",
  },
  {
    rules: /^vtd\.invalidation\/(larger-entry|superpage-mask)|stale-superpage|^vtd\.qemu\/psi-containment/,
    why: 'the sequences on kernels map no superpage',
  },
  {
    rules: /^kvm\.host-memory\/(munmap-unseen|dontneed-orphans)/,
    why: 'no call of the protocol takes an address range away',
  },
  {
    rules: /^vtd\.faults\/(fpd|ring-of-n|overflow|lost-while|software-clears|may-collapse)/,
    why: 'the kernel reads faults at once',
  },
]

const untriedAt = ({ id }: Rule): Untried | undefined => untried.find(({ rules }) => rules.test(id))

/** Rules of the units that the recorded runs did not stand behind. */
const ofOtherUnit = /^(amdvi|smmuv3)\./

/** A rule of one kernel's version counts on that kernel alone, and one of a unit other than VT-d on none of them. */
const isOfVersion = ({ id }: Rule, version: '6-12' | '7-2'): boolean =>
  id !== vtdUnmapRefused.id && !ofOtherUnit.test(id) && (!/-(6-12|7-2)$/.test(id) || id.endsWith(version))

type Mark = 'decisive' | 'exercised' | 'not exercised' | 'text'

const signs: Readonly<Record<Mark, string>> = { decisive: '✓', exercised: '○', 'not exercised': '·', text: '' }

function onKernel(rule: Rule, { runs }: RuleEvidence, version: '6-12' | '7-2'): Mark {
  return untriedAt(rule) === undefined ? inRuns(rule, runs, version) : 'not exercised'
}

function inRuns(rule: Rule, runs: readonly EvidenceRun[], version: '6-12' | '7-2'): Mark {
  if (!isOfVersion(rule, version)) return 'text'
  if (runs.some(({ decisive }) => decisive.includes(rule.id))) return 'decisive'
  return runs.some(({ exercised }) => exercised.includes(rule.id)) ? 'exercised' : 'text'
}

interface Row {
  readonly rule: Rule
  readonly marks: readonly [kernel612: Mark, kernel72: Mark, process: Mark]
}

/** The page: a row a rule, in the folders of the specification, with what of it was seen to hold, and on what. */
export function conformancePage(recorded: Recorded): string {
  const rules = [...allRules.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
  const rows = rules.map((rule) => ({ rule, marks: marksOf(rule, recorded) }))
  const folders = [...new Set(rules.map(folderOf))]
  return [
    ...head,
    ...counts(rows),
    '',
    ...targetsOf(recorded),
    '',
    '## Not exercised on Linux, nor by the page table',
    '',
    ...untried.map(({ rules: which, why }) => `- ${namesOf(rules, which)}: ${why}.`),
    '',
    ...folders.flatMap((folder) =>
      table(
        folder,
        rows.filter(({ rule }) => folderOf(rule) === folder),
      ),
    ),
    '## Where the two kernels differ',
    '',
    'The fields in which the presets `linux-6.12` and `linux-7.2` differ, and the rules that say so.',
    '',
    '| field | 6.12 | 7.2 | rules |',
    '| --- | --- | --- | --- |',
    ...differences(rules),
    '',
  ].join('\n')
}

const head: readonly string[] = [
  '# Rules that conformance runs exercised',
  '',
  'Generated from the records of `dmaproof conform --rule-coverage FILE` (`conform/recorded/`); a test fails when it',
  'is stale. It counts rules in sequences whose replies were all right, as far as every candidate state agrees:',
  '',
  '- ✓ *decisive*: an errno came from the rule, or the oracle names it as the reason for a reply;',
  '- ○ *exercised*: a step that cites the rule was executed; the step may cite other rules as well;',
  '- · not exercised on these targets, for the reasons below;',
  '- empty: known from its text alone.',
  '',
]

function counts(rows: readonly Row[]): string[] {
  const count = (at: 0 | 1 | 2, mark: Mark) => rows.filter(({ marks }) => marks[at] === mark).length
  const text = rows.filter(({ marks }) => marks.every((mark) => mark === 'text')).length
  return [
    `| of ${rows.length} rules | 6.12 | 7.2 | process |`,
    '| --- | --- | --- | --- |',
    ...(['decisive', 'exercised', 'not exercised'] as const).map(
      (mark) => `| ${signs[mark]} | ${([0, 1, 2] as const).map((at) => count(at, mark)).join(' | ')} |`,
    ),
    '',
    `${text} are known from their text alone on all three.`,
  ]
}

const folderOf = ({ id }: Rule): string => id.split('.')[0] ?? ''

function marksOf(rule: Rule, { linux612, linux72, processes }: Recorded): Row['marks'] {
  return [onKernel(rule, linux612, '6-12'), onKernel(rule, linux72, '7-2'), onProcess(rule, processes)]
}

/** The interfaces that try the rules of a folder, where they are not those that map for DMA. */
const firmware: Readonly<Record<string, readonly string[]>> = { tdx: moduleNames, cca: rmmNames }

/** The examples of firmware have a guest and nothing else; that of a page table is 7.2's, on a unit like QEMU's. */
function onProcess(rule: Rule, processes: readonly RuleEvidence[]): Mark {
  const own = firmware[folderOf(rule)]
  const at = untriedAt(rule)
  if (own === undefined && at !== undefined && at.byProcess !== true) return 'not exercised'
  const runs = processes
    .flatMap((one) => one.runs)
    .filter((run) => (own === undefined ? !isFirmware(run.interface) : own.includes(run.interface)))
  return inRuns(rule, runs, '7-2')
}

function table(folder: string, rows: readonly Row[]): string[] {
  return [
    `## ${folder}`,
    '',
    '| rule | says | 6.12 | 7.2 | process |',
    '| --- | --- | --- | --- | --- |',
    ...rows.map(
      ({ rule, marks }) => `| \`${rule.id}\` | ${rule.statement} | ${marks.map((mark) => signs[mark]).join(' | ')} |`,
    ),
    '',
  ]
}

function namesOf(rules: readonly Rule[], which: RegExp): string {
  const ids = rules.filter((rule) => untried.find((one) => one.rules.test(rule.id))?.rules === which)
  return ids.length > 6
    ? `${ids.length} rules of \`${which.source.replace(/\\|\^/g, '')}\``
    : ids.map(({ id }) => `\`${id}\``).join(', ')
}

function targetsOf({ linux612, linux72, processes }: Recorded): string[] {
  return [linux612, linux72, ...processes].map(({ target, platform, runs }) => {
    const each = runs.map(({ interface: on, sequences }) => `${on} ${sequences}`).join(', ')
    return `- ${target}, checked against \`${platform}\`; sequences: ${each}.`
  })
}

/** Which rules a difference of the presets rests on; what is left out differs without one. */
const because: Readonly<Partial<Record<keyof Platform, RegExp>>> = {
  writeImpliesRead: /write-only-(exact|readable)/,
  partialUnmap: /unmap-(starts|ends)-inside/,
  mapOverLeaf: /map-(over-leaf|replaces|inside)/,
  emptyTable: /over-empty-table|table-freed/,
  unmapAtHole: /unmap-(stops|skips|enlarged)/,
  wrapErrno: /^vfio\.(un)?map\/wrap/,
  topMapping: /^vfio\.unmap\/top/,
  mapFile: /map-file\/absent/,
}

function differences(rules: readonly Rule[]): string[] {
  const [old, now] = [presets['linux-6.12'], presets['linux-7.2']]
  const fields = (Object.keys(now) as (keyof Platform)[]).filter((name) => String(old[name]) !== String(now[name]))
  return fields.map((name) => {
    const why = because[name]
    const isWhy = ({ id }: Rule) => why?.test(id) === true && !ofOtherUnit.test(id)
    const ids = rules.filter(isWhy).map(({ id }) => `\`${id}\``)
    return `| \`${name}\` | ${old[name]} | ${now[name]} | ${ids.join(', ')} |`
  })
}
