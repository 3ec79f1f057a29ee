import { ok, type Result, refuse } from '../../base/result.js'

/**
 * An action as numbers: its kind, then up to six parameters in the order of `parameters[kind]`. Searches work on
 * these, since a list of them costs no allocation; people and files see the plain form.
 */
export type Code = Int32Array
export const codeLength = 7

/**
 * An action as plain data, as in a trace: `{ kind: 'iommu.clear-entry', vcpu: 0, iovfn: 4, count: 1 }`.
 *
 * @example
 * const action: Action = { kind: 'dma.issue', device: 0, gfn: 1, access: 'write', half: 'mapped' }
 */
export interface Action {
  readonly kind: string
  readonly [parameter: string]: number | string
}

/** The last is of a map by file alone. */
export const Flaw = {
  None: 0,
  Misaligned: 1,
  Wraps: 2,
  Unbacked: 3,
  Outside: 4,
  Empty: 5,
  GuestMemfd: 6,
} as const
/** What the environment may make fail. */
export const Failure = { None: 0, Allocation: 1, Pin: 2, Seamcall: 3, Unmap: 4, Discard: 5, RmpUpdate: 6 } as const
/** The largest of them. */
export const lastFailure = Object.keys(Failure).length - 1

export interface ActionKinds {
  readonly names: readonly string[]
  readonly parameters: readonly (readonly string[])[]
  /** The names of a parameter's values, where they have names, by kind and parameter. */
  readonly words: readonly (readonly (readonly string[] | undefined)[])[]
}

/**
 * An action as plain data.
 *
 * @example
 * decode(kinds, code).kind // 'iommu.walk'
 */
export function decode(kinds: ActionKinds, code: ArrayLike<number>): Action {
  const kind = code[0] ?? 0
  const action: Record<string, number | string> = { kind: kinds.names[kind] ?? '?' }
  for (const [index, name] of (kinds.parameters[kind] ?? []).entries()) {
    const value = code[index + 1] ?? 0
    action[name] = kinds.words[kind]?.[index]?.[value] ?? value
  }
  return action as Action
}

/** An action's code. What is wrong with an action is said without its place. */
export function encode(kinds: ActionKinds, action: Action): Result<Code> {
  const kind = kinds.names.indexOf(action.kind)
  if (kind < 0) return refuse(`no action is called "${action.kind}"`)
  const names = kinds.parameters[kind] ?? []
  const extra = Object.keys(action).find((key) => key !== 'kind' && !names.includes(key))
  if (extra !== undefined) return refuse(`${action.kind} has no parameter "${extra}"; it has ${names.join(', ')}`)
  const code = new Int32Array(codeLength)
  code[0] = kind
  for (const [index, name] of names.entries()) {
    const words = kinds.words[kind]?.[index]
    const value = number(words, action[name])
    if (value === undefined) {
      return refuse(`${action.kind}: "${name}" is ${action[name] ?? 'missing'}, expected ${wanted(words)}`)
    }
    code[index + 1] = value
  }
  return ok(code)
}

function number(words: readonly string[] | undefined, value: number | string | undefined): number | undefined {
  if (words === undefined) return Number.isSafeInteger(value) ? Number(value) : undefined
  const index = words.indexOf(String(value))
  return index < 0 ? undefined : index
}

/** What a parameter takes, for a message. */
export function wanted(words: readonly string[] | undefined): string {
  return words?.join(' or ') ?? 'a whole number'
}

/**
 * `iommu.clear-entry vcpu=0 iovfn=4 count=1`
 *
 * @example
 * print({ kind: 'iommu.evict-iotlb', slot: 0 }) // 'iommu.evict-iotlb slot=0'
 */
export function print(action: Action): string {
  const { kind, ...rest } = action
  return [kind, ...Object.entries(rest).map(([name, value]) => `${name}=${value}`)].join(' ')
}

/**
 * The inverse of `print`; what it means is for `encode` to say.
 *
 * @example
 * parseAction('iommu.evict-iotlb slot=0') // { kind: 'iommu.evict-iotlb', slot: 0 }
 */
export function parse(text: string): Action {
  const [kind = '', ...pairs] = text.trim().split(/\s+/)
  const fields = pairs.map((pair) => {
    const [name = '', value = ''] = pair.split('=')
    return [name, /^-?\d+$/.test(value) ? Number(value) : value] as const
  })
  return { ...Object.fromEntries(fields), kind }
}
