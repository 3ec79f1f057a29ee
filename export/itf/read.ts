import { ok, type Result, refuse } from '../../base/result.js'
import { actionVariable, type Itf, itfSchema } from './schema.js'

/** What a state of the file says of one entry of a view. */
export interface WantedEntry {
  readonly view: string
  readonly index: number
  readonly value: number
}

export interface WantedState {
  readonly entries: readonly WantedEntry[]
  /** The action that the file says is taken from here. */
  readonly action: string | undefined
}

export interface ReadItf {
  readonly itf: Itf
  /** By index; behind the last one of a lasso comes the state where its loop begins once more. */
  readonly states: readonly WantedState[]
  /** Variables that are no views. */
  readonly unknown: readonly string[]
}

/** Whether a file is meant to be in the Informal Trace Format. */
export function isItf(path: string, text: string): boolean {
  if (path.endsWith('.itf.json')) return true
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && 'states' in value && 'vars' in value
  } catch {
    return false
  }
}

/** Reads the file without its states' values: what names the machine is in it. */
export function parseItf(text: string): Result<Itf> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return refuse('not an ITF trace: the file is not JSON')
  }
  const parsed = itfSchema.safeParse(value)
  if (parsed.success) return ok(parsed.data)
  const issue = parsed.error.issues[0]
  return refuse(`not an ITF trace: ${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'not understood'}`)
}

/**
 * Reads the states over the views of a machine. A name may have modules before it, as Quint writes them:
 * `main::attr`. Names of no view are left out.
 *
 * @param lengths entries by view
 */
export function readStates(itf: Itf, lengths: ReadonlyMap<string, number>): Result<ReadItf> {
  const states: WantedState[] = []
  const unknown = new Set<string>()
  for (const [at, state] of itf.states.entries()) {
    const entries: WantedEntry[] = []
    for (const [variable, value] of Object.entries(state)) {
      const view = variable.split('::').at(-1) ?? ''
      const length = lengths.get(view)
      if (variable.startsWith('#') || view === actionVariable) continue
      if (length === undefined) {
        unknown.add(variable)
        continue
      }
      const read = entriesOf(view, value, length)
      if (!read.ok) return refuse(`states[${at}].${variable}: ${read.problem.message}`)
      entries.push(...read.value)
    }
    if (entries.length === 0) return refuse(`states[${at}] has no variable that is a view of the state, such as attr`)
    states.push({ entries, action: actionIn(state) })
  }
  const { loop } = itf
  if (loop === undefined) return ok({ itf, states, unknown: [...unknown] })
  const again = states[loop]
  if (again === undefined) return refuse(`loop: found ${loop}, expected the index of one of ${states.length} states`)
  return ok({ itf, states: [...states, again], unknown: [...unknown] })
}

function actionIn(state: Itf['states'][number]): string | undefined {
  const found = Object.entries(state).find(([variable]) => variable.split('::').at(-1) === actionVariable)?.[1]
  return typeof found === 'string' && found !== '' ? found : undefined
}

/** What a value of a view says: a map by index, a list or tuple from index 0 on, or a single number. */
function entriesOf(view: string, value: unknown, length: number): Result<readonly WantedEntry[]> {
  const pairs = pairsOf(value)
  if (pairs === undefined) return refuse(`found ${JSON.stringify(value)?.slice(0, 60)}, expected a map, list or number`)
  const entries: WantedEntry[] = []
  for (const [key, each] of pairs) {
    const [index, number] = [numberOf(key), numberOf(each)]
    if (index === undefined || number === undefined) {
      return refuse(`found ${JSON.stringify([key, each]).slice(0, 60)}, expected whole numbers`)
    }
    if (index < 0 || index >= length) return refuse(`found index ${index}, expected one of ${length} entries`)
    entries.push({ view, index, value: number })
  }
  return ok(entries)
}

function pairsOf(value: unknown): readonly (readonly [unknown, unknown])[] | undefined {
  if (Array.isArray(value)) return value.map((each: unknown, index) => [index, each])
  if (numberOf(value) !== undefined) return [[0, value]]
  if (typeof value !== 'object' || value === null) return undefined
  if ('#tup' in value && Array.isArray(value['#tup'])) return pairsOf(value['#tup'])
  if (!('#map' in value) || !Array.isArray(value['#map'])) return undefined
  const pairs = value['#map'] as readonly unknown[]
  return pairs.map((pair) => (Array.isArray(pair) ? [pair[0], pair[1]] : [undefined, undefined]))
}

/** A whole number as ITF writes it, as it did before 2023-09-14, or a truth value. */
function numberOf(value: unknown): number | undefined {
  if (typeof value === 'boolean') return Number(value)
  const written = typeof value === 'object' && value !== null && '#bigint' in value ? value['#bigint'] : value
  if (typeof written === 'string' && !/^-?\d+$/.test(written)) return undefined
  const number = typeof written === 'string' ? Number(written) : written
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined
}
