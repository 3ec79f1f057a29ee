import { fieldsOf } from '../base/key-values.js'
import { ok } from '../base/result.js'
import { allDesigns, type Design, findDesign, fullName } from '../designs/index.js'
import { partNames } from '../model/machine/parts.js'
import { parsePlatform } from '../model/machine/platform.js'
import { makeScope, type Scope, type ScopeInput, scopeFieldNames } from '../model/machine/scope.js'
import { withDesigns } from '../search/catalogue/catalogue.js'
import { type BuiltMachine, buildMachine, type MachineConfigInput } from '../search/machine-config.js'
import { scopeSchema } from '../search/schemas.js'
import { countsFor } from './language/actor.js'
import { firstRepeated, type ParseResult, placed, refuseAt, standsTwice } from './language/problem.js'
import type { FilePlace, LitmusSource, SettingLine, StepText, Word } from './language/syntax.js'
import { rawHost } from './raw-host.js'

/** A state is stored in full: a guest of many pages would leave room for few. */
const maxPages = 4096
const start: FilePlace = { at: 0, end: 1 }

/**
 * Opens the machine that a file describes, with as many vCPUs, devices and units as its threads name.
 *
 * @param own designs beside the catalogue's, or instead of those of the same name
 */
export function buildLitmusMachine(source: LitmusSource, own: readonly Design[] = []): ParseResult<BuiltMachine> {
  const settings = settingsOf(source)
  if (!settings.ok) return settings
  const seen = settings.value
  const design = designNamed(source, seen.get('design'), own)
  if (!design.ok) return design
  const platform = platformOf(seen.get('platform'))
  if (!platform.ok) return platform
  const parts = partsOf(seen.get('parts'))
  if (!parts.ok) return parts
  const found = designCalled(design.value?.text ?? '', own) ?? rawHost
  const scope = scopeOf(source, seen.get('scope'), found.scope ?? {})
  if (!scope.ok) return scope
  const driver = driverOf(
    seen.get('driver'),
    found.drivers.map(({ name }) => name),
  )
  if (!driver.ok) return driver
  const lock = lockOf(seen.get('lock'))
  if (!lock.ok) return lock
  const input: MachineConfigInput = {
    design: fullName(found),
    driver: driver.value,
    lock: lock.value,
    scope: scope.value,
    platform: platform.value,
    parts: [...parts.value],
  }
  const opened = buildMachine(input, withDesigns(...own, rawHost))
  return opened.ok ? opened : placed(opened.problem, seen.get('platform')?.name ?? design.value ?? start)
}

/** Settings of which a machine has one each. */
const single: readonly string[] = ['design', 'driver', 'lock']

function settingsOf({ settings }: LitmusSource): ParseResult<ReadonlyMap<string, SettingLine>> {
  const twice = firstRepeated(settings.map(({ name }) => name))
  if (twice !== undefined) return standsTwice(twice)
  for (const { name, words } of settings) {
    const [, more] = words
    if (more === undefined || !single.includes(name.text)) continue
    return refuseAt(more, `found a second word, "${more.text}", expected one behind "${name.text}"`)
  }
  return ok(new Map(settings.map((setting) => [setting.name.text, setting])))
}

/** Every thread name of a file, those of the initial state included. */
export const actorNames = (source: LitmusSource): Word[] => [
  ...source.threads,
  ...source.init.flatMap((item) => (item.kind === 'step' ? [item.actor] : [])),
]

const designCalled = (name: string, own: readonly Design[]): Design | undefined =>
  own.find((design) => fullName(design) === name) ?? findDesign(name)

/** The design of the `design` line, or of the one `by` that all requests name. */
function designNamed(
  source: LitmusSource,
  setting: SettingLine | undefined,
  own: readonly Design[],
): ParseResult<Word | undefined> {
  const steps = source.rows.flatMap(({ cells }) => cells.flatMap(({ step }) => step ?? []))
  const requests = [...initSteps(source), ...steps]
  const nameless = requests.find((step) => placeOfBy(step) >= 0 && byOf(step).length === 0)
  if (nameless !== undefined) {
    return refuseAt(nameless, 'found no design behind "by", expected its name, as in by on-demand-4k')
  }
  const named = [...(setting?.words ?? []), ...requests.flatMap(byOf)]
  const [first] = named
  const other = named.find(({ text }) => text !== first?.text)
  if (other !== undefined) {
    return refuseAt(other, `found ${other.text} beside ${first?.text}: a machine has one host, which has one design`)
  }
  if (first === undefined || designCalled(first.text, own) !== undefined) return ok(first)
  return refuseAt(first, `there is no design "${first.text}"; expected one of ${allDesigns.map(fullName).join(', ')}`)
}

const initSteps = (source: LitmusSource): StepText[] =>
  source.init.flatMap((item) => (item.kind === 'step' ? [item.step] : []))

const placeOfBy = ({ args }: StepText): number =>
  args.findIndex(({ name, value }) => name === undefined && value.text === 'by')

/** The word behind a step's `by`. */
function byOf(step: StepText): Word[] {
  const at = placeOfBy(step)
  return at < 0 ? [] : step.args.slice(at + 1, at + 2).flatMap(({ name, value }) => (name === undefined ? value : []))
}

/** A step without its `by …`, which names the machine's design and is no parameter. */
export function withoutBy(step: StepText): StepText {
  const at = placeOfBy(step)
  return at < 0 ? step : { ...step, args: [...step.args.slice(0, at), ...step.args.slice(at + 2)] }
}

function platformOf(setting: SettingLine | undefined): ParseResult<string> {
  if (setting === undefined) return ok('linux-7.2')
  const text = setting.words.map((word) => word.text).join(' ')
  const parsed = parsePlatform(text)
  if (parsed.ok) return ok(text)
  return placed(parsed.problem, setting.words[parsed.problem.place.index] ?? setting.name)
}

function partsOf(setting: SettingLine | undefined): ParseResult<readonly (typeof partNames)[number][]> {
  const words = setting?.words ?? []
  const wrong = words.find(({ text }) => !partNames.some((name) => name === text))
  if (wrong !== undefined) return refuseAt(wrong, `found "${wrong.text}", expected a part: ${partNames.join(', ')}`)
  const twice = firstRepeated(words)
  if (twice !== undefined) return standsTwice(twice)
  return ok(partNames.filter((name) => words.some(({ text }) => text === name)))
}

/** `lock none`: without the lock that the design takes around a conversion. */
function lockOf(setting: SettingLine | undefined): ParseResult<'vm' | 'none'> {
  const [word] = setting?.words ?? []
  if (word === undefined || word.text === 'vm') return ok('vm')
  return word.text === 'none' ? ok('none') : refuseAt(word, `found "${word.text}", expected vm or none`)
}

function driverOf(setting: SettingLine | undefined, names: readonly string[]): ParseResult<string> {
  const [word] = setting?.words ?? []
  if (word === undefined) return ok(names[0] ?? '')
  if (names.includes(word.text)) return ok(word.text)
  return refuseAt(word, `found "${word.text}", expected a driver of this host: ${names.join(', ')}`)
}

function scopeOf(source: LitmusSource, setting: SettingLine | undefined, own: ScopeInput): ParseResult<Scope> {
  const counts = countsFor(actorNames(source))
  if (!counts.ok) return counts
  const words = setting?.words ?? []
  const said = fieldsOf(
    'scope',
    words.map(({ text }) => text),
    scopeFieldNames,
  )
  if (!said.ok) return placed(said.problem, words[said.problem.place.index] ?? start)
  for (const [at, [name, value]] of Object.entries(said.value).entries()) {
    const alone = scopeSchema.safeParse({ [name]: value })
    if (!alone.success) return refuseAt(words[at] ?? start, `${name}: ${alone.error.issues[0]?.message}`)
  }
  const fields = { ...counts.value, ...own, ...said.value }
  if (Number(fields.pages) > maxPages) {
    return refuseAt(
      setting?.name ?? start,
      `pages: found ${fields.pages}, expected at most ${maxPages} in a litmus test`,
    )
  }
  const made = makeScope(fields)
  return made.ok ? made : placed(made.problem, setting?.name ?? start)
}
