import { platformTable } from '../../model/machine/platform.js'
import { makeScope } from '../../model/machine/scope.js'
import { callNames, type NodeContext, planProblems } from './nodes.js'
import {
  flag,
  fullList,
  isFields,
  type NodeFields,
  oneOf,
  onlyFields,
  type Problems,
  problem,
  shown,
  text,
} from './values.js'

// The fields of a design and of its drivers: whether each is there, and is what it should be.

const designFields = {
  needed: ['name', 'summary', 'source', 'lock', 'drivers', 'backings', 'boot', 'toPrivate', 'toShared'],
  plans: ['undoPrivate', 'undoShared', 'slotRemoved', 'undoSlotRemoved', 'slotAdded', 'undoSlotAdded'],
  rest: ['variant', 'added', 'removed', 'kvm', 'kvmOn', 'scope', 'onFault', 'guestMistake', 'refuses', 'stops'],
  flags: ['bootRequest', 'guestKeepsPages', 'wholeRequests', 'mapsOnce'],
} as const
const driverFields = [
  'name',
  'summary',
  'pins',
  'map',
  'unmap',
  'teardown',
  'attach',
  'detach',
  'ats',
  'domains',
].concat(['unmapsWhole', 'accounting', 'memlock', 'byFile', 'endsEarly'])
const examples = {
  name: 'my-design',
  variant: 'no-undo',
  summary: 'Maps what is shared, page by page.',
  source: 'the VMM that does it so',
  lock: 'one per VM around a conversion',
} as const
const backings = ['separate', 'in-place'] as const
const ofDriver: readonly string[] = ['map', 'unmap', 'attach', 'detach']
const kvmCallNames = callNames.filter((name) => !ofDriver.includes(name))

/** Problems of the fields of a design, and of its drivers. */
export function* designProblems(design: NodeFields): Problems {
  yield* onlyFields(design, 'design', Object.values(designFields).flat())
  for (const name of ['name', 'summary', 'source', 'lock'] as const) yield* text(design[name], name, examples[name])
  if (design.variant !== undefined) yield* text(design.variant, 'variant', examples.variant)
  yield* backingsProblems(design.backings)
  for (const name of ['boot', 'toPrivate', 'toShared']) yield* planProblems(design[name], name)
  for (const name of designFields.plans) if (design[name] !== undefined) yield* planProblems(design[name], name)
  for (const name of ['added', 'removed']) if (design[name] !== undefined) yield* aroundProblems(design[name], name)
  yield* driversProblems(design.drivers)
  if (design.kvm !== undefined) yield* kvmProblems(design.kvm, 'kvm')
  if (design.kvmOn !== undefined) yield* kvmOnProblems(design.kvmOn)
  if (design.scope !== undefined) yield* scopeProblems(design.scope)
  if (design.onFault !== undefined) yield* oneOf(design.onFault, 'onFault', 'value', ['converts', 'repeats'])
  if (design.guestMistake !== undefined) {
    yield* oneOf(design.guestMistake, 'guestMistake', 'value', ['enables-unverified', 'stops-enabled'])
  }
  for (const name of ['bootRequest', 'guestKeepsPages', 'wholeRequests', 'mapsOnce'])
    if (design[name] !== undefined) yield* flag(design[name], name)
  for (const name of ['refuses', 'stops']) if (design[name] !== undefined) yield* ruleProblems(design[name], name)
}

function* backingsProblems(value: unknown): Problems {
  yield* fullList(value, 'backings', "'separate'")
  if (!Array.isArray(value)) return
  for (const [index, one] of value.entries()) yield* oneOf(one, `backings[${index}]`, 'backing', backings)
}

function* driversProblems(value: unknown): Problems {
  yield* fullList(value, 'drivers', 'type1v2')
  if (!Array.isArray(value)) return
  const names: unknown[] = []
  for (const [index, driver] of value.entries()) {
    yield* driverProblems(driver, `drivers[${index}]`)
    if (!isFields(driver)) continue
    const remedy = 'Give it a name of its own: a machine names its driver.'
    if (names.includes(driver.name)) yield problem(`drivers[${index}]`, `a second ${shown(driver.name)}`, remedy)
    names.push(driver.name)
  }
}

/** Problems of a driver. @param at where it stands in the design, as messages name it: `drivers[0]` */
export function* driverProblems(driver: unknown, at: string): Problems {
  if (!isFields(driver)) {
    const why = driver === undefined ? 'A name that the package does not export is undefined. ' : ''
    const remedy = `${why}Write a driver, as in drivers: [type1v2].`
    yield problem(at, `found ${shown(driver)}, expected a driver`, remedy)
    return
  }
  const where = `${at}${typeof driver.name === 'string' ? ` (${driver.name})` : ''}`
  yield* onlyFields(driver, where, driverFields)
  yield* text(driver.name, `${at}.name`, 'my-driver')
  if (driver.summary !== undefined) yield* text(driver.summary, `${where}: summary`, 'Maps by address.')
  yield* flag(driver.pins, `${where}: pins`)
  for (const name of ['map', 'unmap']) yield* driverCallProblems(driver[name], `${where}: ${name}`)
  for (const name of ['attach', 'detach']) {
    if (driver[name] !== undefined) yield* driverCallProblems(driver[name], `${where}: ${name}`)
  }
  yield* planProblems(driver.teardown, `${where}: teardown`)
  if (driver.ats !== undefined) yield* planProblems(driver.ats, `${where}: ats`)
  for (const name of ['unmapsWhole', 'byFile'] as const) {
    if (driver[name] !== undefined) yield* flag(driver[name], `${where}: ${name}`)
  }
  if (driver.accounting !== undefined)
    yield* oneOf(driver.accounting, `${where}: accounting`, 'value', ['type1', 'iommufd', 'none'])
  if (driver.memlock !== undefined) yield* oneOf(driver.memlock, `${where}: memlock`, 'value', ['process', 'user'])
  if (driver.domains !== undefined && driver.domains !== 2) {
    yield problem(`${where}: domains`, `found ${shown(driver.domains)}, expected 2`, 'Leave it out for one domain.')
  }
  if (driver.endsEarly !== undefined) yield* ruleProblems(driver.endsEarly, `${where}: endsEarly`)
}

/** A call of a driver or of KVM: the steps that it takes, and those that take them back. */
function* driverCallProblems(call: unknown, at: string): Problems {
  if (!isFields(call)) {
    yield problem(at, `found ${shown(call)}, expected a call`, 'Write its steps: { body: […], undo: […] }.')
    return
  }
  yield* onlyFields(call, at, ['body', 'undo'])
  for (const name of ['body', 'undo']) {
    const around: NodeContext = { noCalls: 'a call inside of a call', restarts: false }
    yield* planProblems(call[name], `${at}.${name}`, around)
  }
}

function* kvmOnProblems(kvmOn: unknown): Problems {
  if (!isFields(kvmOn)) {
    yield problem('kvmOn', `found ${shown(kvmOn)}, expected an architecture with calls`, 'Leave it out.')
    return
  }
  yield* onlyFields(kvmOn, 'kvmOn', platformTable.architecture.values)
  for (const [name, kvm] of Object.entries(kvmOn)) yield* kvmProblems(kvm, `kvmOn.${name}`)
}

function* kvmProblems(kvm: unknown, at: string): Problems {
  if (!isFields(kvm)) {
    yield problem(at, `found ${shown(kvm)}, expected calls`, 'Leave it out for the calls of Linux.')
    return
  }
  yield* onlyFields(kvm, at, kvmCallNames)
  for (const name of kvmCallNames) yield* driverCallProblems(kvm[name], `${at}.${name}`)
}

function* aroundProblems(around: unknown, at: string): Problems {
  if (!isFields(around)) {
    yield problem(at, `found ${shown(around)}, expected two plans`, `Write ${at}: { before: […], after: […] }.`)
    return
  }
  yield* onlyFields(around, at, ['before', 'after'])
  for (const name of ['before', 'after']) yield* planProblems(around[name], `${at}.${name}`)
}

function* scopeProblems(scope: unknown): Problems {
  if (!isFields(scope)) {
    yield problem('scope', `found ${shown(scope)}, expected fields`, 'Write them, as in scope: { vcpus: 1 }.')
    return
  }
  const made = makeScope(scope)
  if (made.ok) return
  const remedy = made.problem.remedy ?? 'All fields are in: dmaproof list fields.'
  yield { ...made.problem, remedy }
}

function* ruleProblems(rule: unknown, at: string): Problems {
  if (isFields(rule) && typeof rule.id === 'string' && typeof rule.statement === 'string' && isFields(rule.source))
    return
  const remedy = 'Cite one: { id, statement, force, source: { name, revision }, at }.'
  yield problem(at, `found ${shown(rule)}, expected a rule`, remedy)
}
