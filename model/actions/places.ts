import type { DeviceId, DomainId, Frame, Gfn, Iovfn, UnitId, VcpuId } from '../machine/units.js'

/**
 * Where the codes of a row have each parameter, by name. A place is a number that remembers its name and its position
 * in its type alone, so that a row's code takes the places of its own parameters and nothing else: neither `a[2]`, nor
 * a parameter that the row lacks, nor one that other rows have elsewhere compiles.
 */
declare const standsAt: unique symbol
type Place<Name extends string, Position extends string> = number & { readonly [standsAt]: readonly [Name, Position] }

/** Names of parameters, in the order of the code. */
export type Names = readonly string[]

/** Places of parameters, by name. */
export type Places<N extends Names> = {
  readonly [Position in keyof N & `${number}` as N[Position] & string]: Place<N[Position] & string, Position>
}

/**
 * A code as those rows may use it whose parameters begin with these: by the places of their names. Each argument has
 * its unit.
 */
export type CodeOf<N extends Names> = {
  [P in Extract<Places<N>[keyof Places<N>], number>]: P extends Place<infer Name, string> ? ValueOf<Name> : never
} & Layout<PositionsOf<N>>

/** What an argument is a number of. */
interface Units {
  readonly vcpu: VcpuId
  readonly device: DeviceId
  readonly unit: UnitId
  readonly domain: DomainId
  readonly gfn: Gfn
  readonly iovfn: Iovfn
  readonly frame: Frame
}
type ValueOf<Name extends string> = Name extends keyof Units ? Units[Name] : number

/** Keeps codes apart whose parameters differ; no value has the field. */
interface Layout<Positions> {
  readonly layout?: Positions
}

type PositionsOf<N extends Names> = {
  readonly [Position in keyof N & `${number}` as `${Position} ${N[Position] & string}`]: true
}

/**
 * The places of parameters that stand first in a code, in the order in which a row declares them.
 *
 * @example
 * const arg = places('vcpu', 'gfn', 'count')
 * a[arg.gfn] + a[arg.count]
 */
export function places<const N extends Names>(...names: N): Places<N> {
  return Object.fromEntries(names.map((name, index) => [name, index + 1])) as unknown as Places<N>
}
