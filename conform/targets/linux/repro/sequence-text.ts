import { type Answer, type Call, noLimits } from '../../../protocol/messages.js'
import type { Sequence } from '../../../protocol/sequence.js'
import type { TestSetup } from '../../../protocol/setting.js'
import { type CallSetting, callText, rangeOf } from './calls.js'
import { type Field, outcomeText, quoted } from './compared.js'
import { hasScratchAlways, isSmall, type Needs } from './needs.js'

/** Replies to a reset and to the calls behind it, and what is compared of them. */
export interface Replies {
  readonly recorded: readonly Answer[]
  readonly kept: readonly Answer[]
}

/** Statements of a reset and the calls behind it, each compared with what was answered then. */
export function sequenceText(
  { setting, calls }: Sequence,
  { recorded, kept }: Replies,
  index: number,
  needs: Needs,
): readonly string[] {
  const { on } = needs
  const usesSpaces = on === 'iommufd-replace' && !needs.hasScratch
  const about: CallSetting = {
    ...needs,
    byFile: on === 'iommufd-file',
    kvm: setting.kvm === 1,
    isCounted: needs.hasScratch || needs.hasMemlock,
    map: usesSpaces ? 'iommufd_map' : 'container_map',
    unmap: usesSpaces ? 'iommufd_unmap' : 'container_unmap',
  }
  const spaces = usesSpaces ? new Spaces(setting.devices) : undefined
  const made = calls.flatMap((call, at) => {
    const reply = recorded[at + 1]
    const lines = callLines(call, { recorded: reply, kept: kept[at + 1] }, about)
    const own = spaces?.around(call, reply, lines) ?? lines
    if (!needs.storesReads || !isFirstRead(calls, at)) return own
    spaces?.keep(`${scratchRange}, 3`)
    return [...scratch(about), ...own]
  })
  const code = made.join('\n')
  const outcome = recorded[0]?.outcome ?? 'ok'
  return [
    ...['', comment(`reset ${fieldsOf(setting)}`)],
    ...(index === 0 ? [] : [...closing(setting, needs), ...(usesSpaces ? ['table = 0;'] : [])]),
    ...resetText(setting, needs, code),
    ...((isSmall(calls) && needs.dma !== 'agent') || on === 'page-table' ? [] : ['backing_fill();']),
    ...opened(setting, about, needs, code),
    ...(outcome === 'ok' ? [] : [`expect("reset, errno", 0, ${outcomeText('0', outcome)[1]});`]),
    ...made,
  ]
}

const isFirstRead = (calls: readonly Call[], at: number): boolean =>
  calls.findIndex(({ call }) => call === 'dma-read') === at

const scratchRange = '(struct range){ scratch_iova, PAGE }'

const scratch = ({ byFile, map }: CallSetting): readonly string[] => [
  '',
  byFile
    ? `if (container_map_file(${scratchRange}, (struct place){ scratch_fd, 0 }, 3))`
    : `if (${map}(${scratchRange}, scratch, 3))`,
  '\tdie("the scratch page cannot be mapped");',
]

/** Address spaces that take each other's place: what a new one gets of the mappings that there are. */
class Spaces {
  private areas: readonly { readonly text: string; readonly from: number; readonly to: number }[] = []
  private isFirst = true

  constructor(private readonly devices: number) {}

  /** @returns the lines of a call with those that make a new space before it, and move the devices to it behind it */
  around(call: Call, reply: Answer | undefined, lines: readonly string[]): readonly string[] {
    if (call.call !== 'map' && call.call !== 'unmap' && call.call !== 'unmap-all') return lines
    const at = lines.findIndex((line) => /\biommufd_(un)?map\(/.test(line)) + 1
    const begin = ['', 'space_begin();', ...this.areas.map(({ text }) => `space_copy(${text});`)]
    const isMade = reply === undefined || reply.outcome === 'ok'
    if (isMade) this.note(call)
    const isDropped = call.call === 'map' && !isMade
    const end = isDropped ? ['space_drop();'] : [`space_enter(${this.devices});`, ...this.left()]
    return [...begin, ...lines.slice(1, at), ...end, ...lines.slice(at)]
  }

  /** What is left of the space before; the first has no page table of its own. */
  private left(): readonly string[] {
    const table = this.isFirst ? [] : ['destroy(old_table);']
    this.isFirst = false
    return [...table, 'destroy(old_ioas);']
  }

  /** A mapping that is there from now on, beside those of the calls. */
  keep(text: string): void {
    this.areas = [...this.areas, { text, from: -1, to: -1 }]
  }

  private note(call: Call): void {
    if (call.call === 'unmap-all') this.areas = []
    if (call.call !== 'map' && call.call !== 'unmap') return
    const [from, to] = [call.iovfn, call.iovfn + call.count]
    if (call.call === 'map') {
      this.areas = [...this.areas, { text: `${rangeOf(call)}, ${call.permissions}`, from, to }]
    } else if (call.flaw === 'none') {
      this.areas = this.areas.filter((area) => area.from < from || area.to > to)
    }
  }
}

const fieldsOf = (fields: object): string =>
  Object.entries(fields)
    .flatMap(([field, value]) => (field === 'call' || value === 'none' ? [] : [`${field}=${value}`]))
    .join(' ')

const comment = (text: string): string => `/* ${text} */`

/** A reply, and what is compared of it; undefined if there was none. */
interface Reply {
  readonly recorded: Answer | undefined
  readonly kept: Answer | undefined
}

/** A call, and its recorded reply beside what is seen now; the outcome first. */
function callLines(call: Call, { recorded, kept }: Reply, about: CallSetting): readonly string[] {
  const label = `${call.call} ${fieldsOf(call)}`.trim()
  const { make, error, seen } = callText(call, kept ?? { outcome: '' }, about)
  if (recorded === undefined || kept === undefined) {
    return ['', comment(label), ...make, ...(error === undefined ? [] : [`(void)${error};`])]
  }
  const fields = Object.entries(kept).filter(([field]) => field !== 'outcome' && seen[field as Field] !== undefined)
  const asked = Object.keys(seen).filter((field) => fields.some(([one]) => one === field))
  const first = error === undefined ? [] : [expectation(`${label}, errno`, ...outcomeText(error, recorded.outcome))]
  const others = asked.map((field) => {
    const value = kept[field as Field]
    const number = typeof value === 'number' ? value : Number(value === 'done')
    const said = field === 'result' ? 'done' : field
    return expectation(`${label}, ${said}`, seen[field as Field] ?? '', String(number))
  })
  const left = Object.entries(recorded).filter(
    ([field, value]) =>
      field !== 'outcome' && !asked.includes(field) && !(field === 'fault' && isPlainFault(recorded, value)),
  )
  const isNamed = first.length + others.length > 0
  return [
    ...['', ...(isNamed ? [] : [comment(label)]), ...make, ...first, ...signed(call, about), ...others],
    ...(left.length === 0 ? [] : [comment(`then ${left.map(([field, value]) => `${field} ${value}`).join(', ')}`)]),
  ]
}

/** Whether a fault says what the result says. */
const isPlainFault = ({ result }: Answer, fault: unknown): boolean => fault === Number(result === 'blocked')

const expectation = (what: string, now: string, then: string): string => `expect(${quoted(what)}, ${now}, ${then});`

/** What tells reads of a page from blocked ones, put into each page that is mapped. */
function signed(call: Call, { dma, signs }: CallSetting): readonly string[] {
  if (call.call !== 'map' || !signs) return []
  const { page, count } = call
  if (dma !== 'reads') return [`sign_pages(${page}, ${count});`]
  if (count === 1) return [`sign(${page});`]
  return [`for (int page = ${page}; page < ${page + count}; page++)`, '\tsign(page);']
}

/** What an earlier sequence has opened. */
const closing = ({ kvm }: TestSetup, { on, hasContainer, hasScratch }: Needs): readonly string[] => [
  ...(kvm === 1 ? ['kvm_close();'] : []),
  ...(hasContainer ? ['container_close();'] : []),
  ...(hasScratch ? ['scratch_gone();'] : []),
  ...(on === 'page-table' ? [] : ['backing_close();']),
]

const when = (is: boolean, ...lines: readonly string[]): readonly string[] => (is ? lines : [])

const uses = (code: string, name: string): boolean => new RegExp(`\\b${name}\\b(?!\\()`).test(code)

const calls = (code: string, name: string): boolean => code.includes(`${name}()`)

/** As the agent's `reset` up to where it opens the container, without what no call behind it needs. */
function resetText({ pages, superpage, memlock }: TestSetup, needs: Needs, code: string): readonly string[] {
  const isTable = needs.on === 'page-table'
  const isMemfd = needs.backing === 'memfd'
  return [
    ...when(calls(code, 'stray_writes'), 'stray_writes();'),
    ...when(isTable, `page_size = 512 * PAGE / ${superpage};`, `memset(backing, 0, ${pages} * page_size);`),
    ...when(!isTable && isMemfd, `memfd_open(${pages});`),
    ...when(!isTable && !isMemfd, `backing_open(${pages}, make_guest_memfd(${pages}));`),
    ...when(calls(code, 'pins_left'), 'pins_note_before();'),
    ...when(uses(code, 'old_pins'), 'old_pins = pinned_pages();'),
    ...when(calls(code, 'locked_left') || needs.hasMemlock, 'locked_note_before();'),
    ...when(uses(code, 'old_locked'), 'old_locked = container_locked();'),
    ...when(uses(code, 'old_tables'), 'old_tables = table_frames();'),
    ...when(needs.hasMemlock, memlock === noLimits.memlock ? 'set_memlock(LLONG_MAX);' : `limit_memlock(${memlock});`),
  ]
}

/** What opens a container: with pages that keep a directory, of a page table; the first space, where others follow. */
function openerOf({ on, hasScratch }: Needs, { map }: CallSetting): string {
  if (on === 'page-table' && !hasScratch) return 'table_reset'
  return map === 'iommufd_map' ? 'iommufd_open' : 'container_open'
}

/** The rest of it. */
function opened(setting: TestSetup, about: CallSetting, needs: Needs, code: string): readonly string[] {
  const { devices, entries, kvm } = setting
  const { on, dma, hasScratch, fillsBuffers, hasEntries } = needs
  const isTable = on === 'page-table'
  const isLimited = entries !== noLimits.entries
  const each = (name: string) => Array.from({ length: devices }, (_, device) => `${name}(&devices[${device}]);`)
  const noted = ['entries', 'locked', 'pins', 'faults']
  const counted = [
    [' - pins,', 'pins = pinned_pages();'],
    [' - locked,', 'locked = container_locked();'],
    ['entries - ', 'entries = container_entries_left();'],
  ] as const
  return [
    ...when(hasEntries && on.startsWith('type1'), `limit_entries(${entries + (isLimited && hasScratch ? 1 : 0)});`),
    ...when(needs.hasContainer, `${openerOf(needs, about)}(${devices});`),
    ...when(dma !== 'none', ...each('container_ready')),
    ...when(hasScratch, `scratch_reset(${hasScratchAlways(on, setting)});`),
    ...when(isTable && fillsBuffers, ...each('scratch_refill')),
    ...when(kvm === 1, 'kvm_open();'),
    ...when(/\bkvm_(guest|convert)/.test(code), 'vcpu_open();'),
    ...noted.flatMap((what) => when(calls(code, `${what}_now`), `${what}_note();`)),
    ...counted.flatMap(([use, note]) => when(!about.isCounted && code.includes(use), note)),
  ]
}
