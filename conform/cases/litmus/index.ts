import { counted } from '../../../base/plural.js'
import { ok, problemText, type Result, refuse, refused, within } from '../../../base/result.js'
import { initialStateOf } from '../../../litmus/initial-state.js'
import type { LitmusSource, Word } from '../../../litmus/language/syntax.js'
import { threadsOf } from '../../../litmus/litmus.js'
import type { Thread } from '../../../litmus/observe.js'
import { buildLitmusMachine } from '../../../litmus/setting.js'
import type { Machine } from '../../../model/machine/machine.js'
import { type Call, type ContainerName, isModule, isRmmInterface, noLimits } from '../../protocol/messages.js'
import type { Sequence } from '../../protocol/sequence.js'
import { type TestSetup, type TestTarget, testSetupOf } from '../../protocol/setting.js'
import { canAsk } from '../sept/random.js'
import { whyUnsaid } from './calls.js'
import { catalogueSources } from './catalogue.js'
import { Interleaving } from './interleave.js'
import { setupCalls, whyNotBrought } from './setup.js'

/** A litmus test that cannot be asked of an implementation, and why. */
export interface Unsaid {
  readonly file: string
  readonly why: string
}

/** The catalogue as an implementation is asked it: all tests, or as much of them as its interface can say. */
export interface LitmusCases {
  /** How many tests there are. */
  readonly files: number
  readonly sequences: readonly Sequence[]
  readonly unsaid: readonly Unsaid[]
}

const known = new Map<string, LitmusCases>()
/** So many targets are kept at most: a command asks few, and a test may ask hundreds. */
const maxKnown = 16

/**
 * The litmus catalogue as sequences of calls, as far as the interface under test can say it. Targets that differ in
 * their names alone are asked the same, which is found once.
 */
export function litmusCases(testTarget: TestTarget): LitmusCases {
  const key = JSON.stringify({ ...testTarget, hello: { ...testTarget.hello, name: '' } })
  const kept = known.get(key)
  if (kept !== undefined) return kept
  if (known.size >= maxKnown) known.clear()
  const cases = findCases(testTarget)
  known.set(key, cases)
  return cases
}

function findCases(testTarget: TestTarget): LitmusCases {
  const said = catalogueSources().map((source) => ({
    file: fileOf(source.name),
    cases: sequencesOf(source, testTarget),
  }))
  return {
    files: said.length,
    sequences: said.flatMap(({ cases }) => (cases.ok ? cases.value : [])),
    unsaid: said.flatMap(({ file, cases }) => (cases.ok ? [] : [{ file, why: problemText(cases.problem) }])),
  }
}

const fileOf = (name: string): string => `${name}.litmus`

/**
 * The drivers of a litmus test that speak for an interface: its own; and where a test is about a design and names no
 * driver, one by which the design makes the same calls.
 */
const driversOf: Readonly<Record<ContainerName, readonly [own: string, ...like: string[]]>> = {
  type1: ['type1v1', 'type1v2'],
  type1v2: ['type1v2'],
  iommufd: ['iommufd'],
  'iommufd-file': ['iommufd'],
  'iommufd-replace': ['iommufd'],
  compat: ['compat', 'type1v2'],
  'page-table': ['page-table', 'type1v2', 'iommufd'],
}

/** The sequences of one test, as far as the interface can say it. */
function sequencesOf(source: LitmusSource, testTarget: TestTarget): Result<readonly Sequence[]> {
  const opened = openFor(source, testTarget)
  if (!opened.ok) return opened
  const { machine, threads } = opened.value
  const setting = settingFor(machine, threads, testTarget)
  if (!setting.ok) return setting
  const unsaid = threads.flatMap(({ ops }) => ops.flatMap((op) => whyUnsaid(op, testTarget) ?? []))
  if (unsaid[0] !== undefined) return refused(unsaid[0])
  const begun = initialStateOf(machine, source)
  if (!begun.ok) return begun
  const unbrought = whyNotBrought(machine, begun.value)
  if (unbrought !== undefined) return refused(unbrought)
  const before = setupCalls(machine, begun.value, testTarget)
  const interleaving = new Interleaving(machine, threads, testTarget)
  const orders = interleaving.orders(begun.value).filter(({ length }) => length > 0)
  if (interleaving.beyond !== undefined) return refused(interleaving.beyond)
  if (orders.length === 0)
    return refuse(`none of its steps is a call of ${testTarget.kvm ? 'kvm' : testTarget.interface}`)
  const after = looks(machine.pages, testTarget)
  const sequences = orders.map((calls, index) => ({
    from: `litmus ${fileOf(source.name)}: order ${index + 1} of ${orders.length}`,
    setting: setting.value,
    calls: [...before, ...calls, ...after],
  }))
  return ok(sequences)
}

/** Opens a test's machine with a driver that speaks for the interface. */
function openFor(
  source: LitmusSource,
  testTarget: TestTarget,
): Result<{ machine: Machine; threads: readonly Thread[] }> {
  if (isRmmInterface(testTarget.interface)) return refuse('litmus tests are not said in commands of an RMM')
  const named = source.settings.find(({ name }) => name.text === 'driver')?.words[0]?.text
  const drivers = isModule(testTarget.interface) ? [] : driversOf[testTarget.interface]
  if (named !== undefined && named !== drivers[0]) return refuse(`it is about the driver ${named}`)
  const variants =
    named === undefined && drivers.length > 0 ? drivers.map((name) => withDriver(source, name)) : [source]
  let last: Result<never> = refuse('it has no driver')
  for (const variant of variants) {
    const opened = buildLitmusMachine(variant)
    if (!opened.ok) {
      last = within(`it has no host on ${testTarget.interface}`, opened.problem)
      continue
    }
    const { machine } = opened.value
    const threads = threadsOf(variant, machine)
    return threads.ok ? ok({ machine, threads: threads.value }) : threads
  }
  return last
}

function withDriver(source: LitmusSource, driver: string): LitmusSource {
  const word = (text: string): Word => ({ at: 0, end: 0, text })
  return { ...source, settings: [...source.settings, { name: word('driver'), words: [word(driver)] }] }
}

/** The setting in which a test is asked, or what of its machine the implementation does not have. */
function settingFor({ scope, parts }: Machine, threads: readonly Thread[], testTarget: TestTarget): Result<TestSetup> {
  const { hello } = testTarget
  const hasLimit = scope.entryLimit !== noLimits.entries
  if (hasLimit && !hello.limits.includes('entries')) return refuse('it limits the entries, which cannot be set')
  if (scope.backing === 'in-place') {
    return refuse('it is about memory in place; the shared backing of the protocol is a file of its own')
  }
  const usual = testSetupOf(testTarget, hasLimit ? { entries: scope.entryLimit } : {})
  if (isModule(testTarget.interface)) {
    const vcpus = Math.max(...threads.map(({ actor }) => (actor.role === 'P' ? actor.index + 1 : 1)))
    if (!parts.secureEpt) return refuse('it has no Secure EPT')
    return vcpus > (usual.vcpus ?? 1)
      ? refuse(`it has ${vcpus} vCPUs, the implementation has fewer`)
      : withEnoughPages(usual, scope.pages)
  }
  if (scope.devices > usual.devices)
    return refuse(`it has ${counted(scope.devices, 'device')}, the implementation has fewer`)
  if (hello.superpages !== undefined) return withEnoughPages(usual, scope.pages + 1)
  // one superpage more than the test has: an unmap of all its pages is then not one of everything
  const superpage = scope.pagesPerSuperpage
  const most = Math.min(scope.pages + superpage, hello.pages)
  return withEnoughPages({ ...usual, pages: most - (most % superpage), superpage }, scope.pages + 1)
}

const withEnoughPages = (setting: TestSetup, pages: number): Result<TestSetup> =>
  setting.pages >= pages
    ? ok(setting)
    : refuse(`it needs ${counted(pages, 'page')}, the implementation has ${setting.pages}`)

/** What the calls must have left: the accounting, where devices get, what is in memory. */
function looks(pages: number, { interface: on, hello }: TestTarget): Call[] {
  const all = Array.from({ length: pages }, (_, page) => page)
  if (isModule(on)) {
    const calls = all.flatMap((page): Call[] => [
      { call: 'tdh.mem.sept.rd', page },
      { call: 'tdh.phymem.page.rdmd', frame: page },
      { call: 'private-read', vcpu: 0, page },
    ])
    return calls.filter((call) => canAsk(hello, call))
  }
  const isBlind = on === 'page-table' && !hello.observes.includes('data')
  const calls = all.flatMap((iovfn): Call[] => [
    { call: 'dma-write', device: 0, iovfn, value: 100 + iovfn },
    { call: 'host-read', page: iovfn },
    { call: 'dma-read', device: 0, iovfn },
  ])
  return [{ call: 'observe' }, ...calls.filter(({ call }) => !isBlind || call !== 'host-read'), { call: 'observe' }]
}
