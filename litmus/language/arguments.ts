import { ok, type Problem } from '../../base/result.js'
import type { Parameters } from '../../model/actions/parameters.js'
import { kinds, relation } from '../../model/actions/relation.js'
import { type Action, encode, wanted } from '../../model/machine/action.js'
import type { Machine } from '../../model/machine/machine.js'
import type { ThreadActor } from './actor.js'
import { type ParseResult, placed, refuseAt } from './problem.js'
import type { Argument, StepText, Word } from './syntax.js'
import type { Verb } from './verbs.js'

type Values = Record<string, number | string>

/** Defaults of parameters. A step must give a parameter that has none here. */
const resting: Readonly<Values> = {
  count: 1,
  domain: 0,
  unit: 0,
  slot: 0,
  ih: 0,
  allowed: 1,
  permissions: 3,
  access: 'write',
  half: 'mapped',
  keep: 'none',
  size: '4k',
  flaw: 'none',
}
/** A word that stands for a parameter's value which has no name of its own. */
const spoken: Readonly<Record<string, readonly [string, number | string]>> = {
  ih: ['ih', 1],
  'read-only': ['permissions', 1],
  'write-only': ['permissions', 2],
  'no-rights': ['permissions', 4],
}
/** The parameter that a thread's name says. */
const impliedBy: Readonly<Record<ThreadActor['role'], string>> = { P: 'vcpu', H: 'vcpu', D: 'device', U: 'unit' }

/** The code of a step's action: parameters that its thread implies, those that it writes, and defaults for the rest. */
export function codeOf(m: Machine, actor: ThreadActor, verb: Verb, step: StepText): ParseResult<Int32Array> {
  const { params } = relation[verb.kind]
  const names = Object.keys(params)
  const implied = impliedBy[actor.role]
  const own: Values = names.includes(implied) ? { [implied]: implied === 'vcpu' ? actor.vcpu : actor.index } : {}
  const said: Values = { ...own, ...verb.says }
  for (const arg of step.args) {
    const given = valuesOf(verb, params, said, arg)
    if (!given.ok) return given
    for (const [name, value] of Object.entries(given.value)) {
      if (said[name] !== undefined && said[name] !== value) return refuseAt(arg, `${name} is ${said[name]} already`)
      said[name] = value
    }
  }
  const missing = names.find((name) => said[name] === undefined && resting[name] === undefined)
  if (missing !== undefined) return refuseAt(step.verb, `${verb.kind} needs ${expected(params, missing)}`)
  const rest = names.map((name) => [name, said[name] ?? resting[name]])
  const action: Action = { ...Object.fromEntries(rest), kind: verb.kind }
  const outside = outsideOf(m, params, action)
  if (outside !== undefined) return placed(outside, step)
  const code = encode(kinds, action)
  return code.ok ? code : placed(code.problem, step)
}

function valuesOf(verb: Verb, params: Parameters, said: Values, arg: Argument): ParseResult<Values> {
  const { value, last, name } = arg
  const names = Object.keys(params)
  const number = /^\d+$/.test(value.text) ? Number(value.text) : undefined
  if (name === undefined && number === undefined) return ofWord(verb, params, value)
  const parameter = name?.text ?? plainParameter(params, said)
  if (parameter === undefined || !names.includes(parameter)) {
    const wanted = names.length === 0 ? 'none' : names.join(', ')
    return refuseAt(arg, `${verb.kind} has no parameter for "${name?.text ?? value.text}"; it has ${wanted}`)
  }
  if (last === undefined) return ok({ [parameter]: number ?? value.text })
  const count = Number(last.text) - (number ?? 0) + 1
  if (!names.includes('count')) return refuseAt(arg, `${verb.kind} takes one page, found a range`)
  return count > 0 ? ok({ [parameter]: number ?? 0, count }) : refuseAt(arg, 'found a range that ends before it begins')
}

/** A bare number is the page; of an action without one it is the first parameter that is not given yet. */
function plainParameter(params: Parameters, said: Values): string | undefined {
  const names = Object.keys(params)
  const page = names.find((name) => params[name]?.type === 'page')
  return page !== undefined && said[page] === undefined ? page : names.find((name) => said[name] === undefined)
}

function ofWord(verb: Verb, params: Parameters, word: Word): ParseResult<Values> {
  const names = Object.keys(params)
  const other = spoken[word.text]
  if (other !== undefined && names.includes(other[0])) return ok({ [other[0]]: other[1] })
  const owner = names.find((name) => params[name]?.words?.includes(word.text))
  if (owner !== undefined) return ok({ [owner]: word.text })
  const known = Object.values(params).flatMap(({ words }) => words ?? [])
  const wanted = known.length === 0 ? `one of its parameters (${names.join(', ') || 'it has none'})` : known.join(', ')
  return refuseAt(word, `${verb.kind}: found "${word.text}", expected ${wanted}`)
}

const expected = (params: Parameters, name: string): string =>
  params[name]?.type === 'page' ? `a page, as in 1 or ${name}=1` : `${name}: ${wanted(params[name]?.words)}`

function outsideOf(m: Machine, params: Parameters, action: Action): Problem | undefined {
  const { scope, domains } = m
  const sizes = { device: scope.devices, unit: scope.units, vcpu: scope.vcpus, domain: domains }
  for (const [name, { type }] of Object.entries(params)) {
    const value = Number(action[name])
    if (type === 'page') {
      const last = value + Number(action.count ?? 1) - 1
      if (last >= scope.pages) return { message: `found page ${last}, but the scope has pages=${scope.pages}` }
    }
    if (type in sizes && value >= sizes[type as keyof typeof sizes])
      return { message: `found ${name}=${value}, but the machine has ${sizes[type as keyof typeof sizes]}` }
  }
  return undefined
}
