import { ok, type Result, refuse } from '../../base/result.js'
import { print } from '../../model/machine/action.js'
import type { Trace } from '../../search/trace.js'
import { loopOf } from '../../view/map/loop.js'
import { StateHistory } from '../../view/map/memory.js'
import { actionVariable, itfDescription } from './schema.js'

/** Entries of all states together, at most: some 80 MB of JSON. */
const maxEntries = 2_000_000

/** Values by name of the view. */
type Views = ReadonlyMap<string, number[]>

/**
 * A trace in the Informal Trace Format: every state in full, as it was recorded. The last state of a lasso, which is
 * the one where its loop begins, is left out: `loop` is its index.
 */
export function itfOf(trace: Trace): Result<string> {
  const { header, steps, continuation = [] } = trace
  const { initial, ...rest } = header
  if (initial === undefined) return refuse('the trace does not say how the machine begins')
  const all = [...steps, ...continuation]
  const entries = Object.values(initial).reduce((sum, { length }) => sum + length, 0)
  if (entries * (all.length + 1) > maxEntries) {
    const size = `${entries} entries in each of ${all.length + 1} states`
    return refuse(`the guest is too large for ITF, which has every state in full: ${size}`)
  }
  const loop = loopOf(trace)
  const views = viewsOf(new StateHistory(initial), initial)
  const states: string[] = []
  for (const [index, { action, effects }] of all.entries()) {
    states.push(stateText(index, views, print(action)))
    for (const [name, changes] of Object.entries(effects?.changed ?? {})) {
      const view = views.get(name)
      if (view !== undefined) for (const [at, , after] of changes) view[at] = after
    }
  }
  if (loop === undefined) states.push(stateText(all.length, views, ''))
  const names = [...views.keys()]
  const varTypes = Object.fromEntries([...names.map((name) => [name, 'Int -> Int']), [actionVariable, 'Str']])
  const description = `dmaproof: ${header.property}: ${header.why}`
  const meta = { format: 'ITF', 'format-description': itfDescription, description, varTypes, dmaproof: rest }
  return ok(fileText(meta, [...names, actionVariable], states, loop))
}

function viewsOf(memory: StateHistory, initial: NonNullable<Trace['header']['initial']>): Views {
  return new Map(
    Object.entries(initial).map(([name, { length }]) => [
      name,
      Array.from({ length }, (_, index) => memory.at(name, index)),
    ]),
  )
}

const bigint = (value: number) => ({ '#bigint': String(value) })

function stateText(index: number, views: Views, action: string): string {
  const values = [...views].map(([name, view]) => [
    name,
    { '#map': view.map((value, at) => [bigint(at), bigint(value)]) },
  ])
  return JSON.stringify({ '#meta': { index }, ...Object.fromEntries(values), [actionVariable]: action })
}

/** One state a line. */
function fileText(meta: object, vars: readonly string[], states: readonly string[], loop: number | undefined): string {
  const tail = loop === undefined ? '' : `,\n"loop": ${loop}`
  const head = `{"#meta": ${JSON.stringify(meta)},\n"vars": ${JSON.stringify(vars)}`
  return `${head},\n"states": [\n${states.join(',\n')}\n]${tail}}\n`
}
