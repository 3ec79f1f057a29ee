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

/** What is wrong with the range of a raw map or unmap. */
export const Flaw = {
  None: 0,
  /** An address or the size is no multiple of the page size. */
  Misaligned: 1,
  /** The last address of the range is beyond 2^64. */
  Wraps: 2,
  /** Nothing is mapped at the address of the process; by file, the range is behind its end. */
  Unbacked: 3,
  /** The range reaches beyond the addresses that the IOMMU translates. */
  Outside: 4,
  /** The size is 0. */
  Empty: 5,
  /** The file is a guest_memfd; of a map by file alone. */
  GuestMemfd: 6,
} as const
/** What the environment may make fail in a step of the host: the step's errno, where a rule allows it. */
export const Failure = {
  /** The step does not fail by the environment. */
  None: 0,
  /** No memory, for a table, a mapping or attributes: ENOMEM (rule vtd.tables/allocated-where-missing and others). */
  Allocation: 1,
  /** The limit of locked memory does not allow another pin: ENOMEM (rule iommufd.map/memlock). */
  Pin: 2,
  /** TDX: another holds the entry or the tree, TDX_OPERAND_BUSY (rule tdx.secure-ept/operand-busy and others). */
  Seamcall: 3,
  /** iommufd: an unmap meets an area in use, EBUSY (rule iommufd.unmap/busy). */
  Unmap: 4,
  /** The shared file is sealed against writes: EPERM (rule kvm.host-memory/punch-refused). */
  Discard: 5,
  /** SEV-SNP: the RMP entry cannot be made shared, and the frame is leaked: EFAULT (rule snp.kvm/failed-is-leaked). */
  RmpUpdate: 6,
} as const
/** The largest value of `Failure`. */
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
