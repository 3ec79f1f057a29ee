/**
 * An action as numbers: its kind, then up to six parameters in the order of `parameters[kind]`. Searches work on
 * these, since a list of them costs no allocation; people and files see the plain form.
 */
export type Code = Int32Array
export const codeLength = 7

/** An action as plain data, as in a trace: `{ kind: 'vtd.clear-entry', vcpu: 0, iovfn: 4, count: 1 }`. */
export interface Action {
  readonly kind: string
  readonly [parameter: string]: number | string
}

/** Parameters whose numbers have names. */
export const words: Readonly<Record<string, readonly string[]>> = {
  to: ['shared', 'private'],
  access: ['read', 'write'],
  half: ['mapped', 'other'],
  lock: ['vm', 'container', 'slots', 'mmu'],
  size: ['4k', 'superpage'],
  fill: ['no', 'yes'],
  keep: ['none', 'walk-cache'],
  what: ['nothing', 'allocation', 'pin', 'seamcall'],
  flaw: ['none', 'misaligned', 'wraps', 'unbacked', 'outside', 'empty', 'guest-memfd'],
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
export const Failure = { None: 0, Allocation: 1, Pin: 2, Seamcall: 3 } as const

export interface ActionKinds {
  readonly names: readonly string[]
  readonly parameters: readonly (readonly string[])[]
}

export function decode(kinds: ActionKinds, code: ArrayLike<number>): Action {
  const kind = code[0] ?? 0
  const action: Record<string, number | string> = { kind: kinds.names[kind] ?? '?' }
  for (const [index, name] of (kinds.parameters[kind] ?? []).entries()) {
    const value = code[index + 1] ?? 0
    action[name] = words[name]?.[value] ?? value
  }
  return action as Action
}

/** @returns the code, or what is wrong with the action */
export function encode(kinds: ActionKinds, action: Action): Int32Array | string {
  const kind = kinds.names.indexOf(action.kind)
  if (kind < 0) return `no action is called "${action.kind}"`
  const names = kinds.parameters[kind] ?? []
  const extra = Object.keys(action).find((key) => key !== 'kind' && !names.includes(key))
  if (extra !== undefined) return `${action.kind} has no parameter "${extra}"; it has ${names.join(', ')}`
  const code = new Int32Array(codeLength)
  code[0] = kind
  for (const [index, name] of names.entries()) {
    const value = number(name, action[name])
    if (value === undefined)
      return `${action.kind}: "${name}" is ${action[name] ?? 'missing'}, expected ${wanted(name)}`
    code[index + 1] = value
  }
  return code
}

function number(name: string, value: number | string | undefined): number | undefined {
  const named = words[name]
  if (named === undefined) return Number.isSafeInteger(value) ? Number(value) : undefined
  const index = named.indexOf(String(value))
  return index < 0 ? undefined : index
}

function wanted(name: string): string {
  return words[name]?.join(' or ') ?? 'a whole number'
}

/** `vtd.clear-entry vcpu=0 iovfn=4 count=1` */
export function print(action: Action): string {
  const { kind, ...rest } = action
  return [kind, ...Object.entries(rest).map(([name, value]) => `${name}=${value}`)].join(' ')
}

/** The inverse of `print`; what it means is for `encode` to say. */
export function parse(text: string): Action {
  const [kind = '', ...pairs] = text.trim().split(/\s+/)
  const fields = pairs.map((pair) => {
    const [name = '', value = ''] = pair.split('=')
    return [name, /^-?\d+$/.test(value) ? Number(value) : value] as const
  })
  return { ...Object.fromEntries(fields), kind }
}
