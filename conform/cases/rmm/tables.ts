import type { Half, RmmCall } from '../../protocol/messages.js'
import type { Named } from '../named.js'

// The table that has the entries of pages 0 and 1, in either half.

const delegate = (frame: number): RmmCall => ({ call: 'rmi.granule.delegate', frame })
const undelegate = (frame: number): RmmCall => ({ call: 'rmi.granule.undelegate', frame })
const map = (page: number, frame: number): RmmCall => ({ call: 'rmi.rtt.data-map', page, frame })
const unmap = (page: number): RmmCall => ({ call: 'rmi.rtt.data-unmap', page })
const mapOut = (page: number, frame: number): RmmCall => ({ call: 'rmi.rtt.unprot-map', page, frame })
const unmapOut = (page: number): RmmCall => ({ call: 'rmi.rtt.unprot-unmap', page })
const ask = (page: number, ripas: 'empty' | 'ram', destroyed: 0 | 1): RmmCall => {
  return { call: 'rmi.rtt.set-ripas', page, ripas, destroyed }
}
const create = (frame: number, half: Half): RmmCall => ({ call: 'rmi.rtt.create', page: 0, frame, half })
const destroy = (half: Half): RmmCall => ({ call: 'rmi.rtt.destroy', page: 0, half })
const fold = (half: Half): RmmCall => ({ call: 'rmi.rtt.fold', page: 0, half })
const entry = (page: number, half: Half): RmmCall => ({ call: 'rmi.rtt.read-entry', page, half })
const read = (page: number, half: Half): RmmCall => ({ call: 'realm-read', vcpu: 1, page, half })
const write = (page: number, half: Half): RmmCall => ({ call: 'realm-write', vcpu: 1, page, half, value: 7 })

/** Pages 0 and 1 in the protected half, at these granules. */
const inside = (first: number, second: number): RmmCall[] => [
  delegate(first),
  delegate(second),
  map(0, first),
  map(1, second),
  write(1, 'protected'),
]
const outside = (first: number, second: number): RmmCall[] => [
  mapOut(0, first),
  mapOut(1, second),
  write(1, 'unprotected'),
]

const protectedStates: readonly Named<RmmCall>[] = [
  { name: 'empty', calls: [] },
  { name: 'folded', calls: [fold('protected')] },
  { name: 'destroyed', calls: [destroy('protected')] },
  { name: 'destroyed and created', calls: [destroy('protected'), delegate(3), create(3, 'protected')] },
  { name: 'one page', calls: [delegate(0), map(0, 0)] },
  { name: 'granules in a row', calls: inside(0, 1) },
  { name: 'a block', calls: [...inside(0, 1), fold('protected')] },
  { name: 'a block, cut', calls: [...inside(0, 1), fold('protected'), delegate(3), create(3, 'protected')] },
  { name: 'granules in the wrong order', calls: inside(1, 0) },
  { name: 'granules across a block', calls: inside(1, 2) },
  { name: 'one EMPTY', calls: [...inside(0, 1), ask(0, 'empty', 0)] },
  { name: 'both EMPTY', calls: [...inside(0, 1), ask(0, 'empty', 0), ask(1, 'empty', 0)] },
  { name: 'one unmapped', calls: [...inside(0, 1), unmap(0)] },
  { name: 'both unmapped', calls: [...inside(0, 1), unmap(0), unmap(1)] },
  { name: 'empty, of two kinds', calls: [ask(0, 'empty', 0)] },
]

const unprotectedStates: readonly Named<RmmCall>[] = [
  { name: 'empty', calls: [] },
  { name: 'folded', calls: [fold('unprotected')] },
  { name: 'destroyed', calls: [destroy('unprotected')] },
  { name: 'one page', calls: [mapOut(0, 0), write(0, 'unprotected')] },
  { name: 'granules in a row', calls: outside(0, 1) },
  { name: 'a block', calls: [...outside(0, 1), fold('unprotected')] },
  { name: 'a block, cut', calls: [...outside(0, 1), fold('unprotected'), delegate(3), create(3, 'unprotected')] },
  { name: 'granules in the wrong order', calls: outside(1, 0) },
  { name: 'granules across a block', calls: outside(1, 2) },
  { name: 'one unmapped', calls: [...outside(0, 1), unmapOut(0)] },
  { name: 'destroyed in use', calls: [...outside(0, 1), destroy('unprotected')] },
]

const common = (half: Half): readonly Named<RmmCall>[] => [
  { name: 'create', calls: [delegate(2), create(2, half), undelegate(2)] },
  { name: 'create of a granule of the host', calls: [create(2, half)] },
  { name: 'create of a granule in use', calls: [delegate(2), map(2, 2), create(2, half)] },
  { name: 'destroy', calls: [destroy(half), undelegate(3)] },
  { name: 'fold', calls: [fold(half), undelegate(3)] },
  { name: 'create, then map of the table', calls: [delegate(2), create(2, half), map(2, 2), delegate(2)] },
  { name: 'reads', calls: [read(0, half), read(1, half)] },
]

const protectedProbes: readonly Named<RmmCall>[] = [
  ...common('protected'),
  { name: 'map', calls: [delegate(2), map(1, 2)] },
  { name: 'unmap', calls: [unmap(1), unmap(0)] },
  { name: 'EMPTY', calls: [ask(1, 'empty', 0), ask(0, 'empty', 0)] },
  { name: 'RAM', calls: [ask(1, 'ram', 0), ask(0, 'ram', 0)] },
  { name: 'RAM, even if destroyed', calls: [ask(1, 'ram', 1), ask(0, 'ram', 1)] },
]

const unprotectedProbes: readonly Named<RmmCall>[] = [
  ...common('unprotected'),
  { name: 'map', calls: [mapOut(1, 2)] },
  { name: 'unmap', calls: [unmapOut(1), unmapOut(0)] },
]

/** What a command must have left as it was, or changed; a table that is made again shows what its entries are. */
const looks = (half: Half): readonly RmmCall[] => [
  entry(0, half),
  entry(1, half),
  read(0, half),
  read(1, half),
  delegate(3),
  create(3, half),
  entry(0, half),
  entry(1, half),
]

const crossed = (half: Half, states: readonly Named<RmmCall>[], probes: readonly Named<RmmCall>[]): Named<RmmCall>[] =>
  states.flatMap((state) =>
    probes.map((probe) => ({
      name: `${half} table: ${probe.name}: ${state.name}`,
      calls: [...state.calls, ...probe.calls, ...looks(half)],
    })),
  )

/** Each command on tables, and on pages below them, in each state of a table. */
export const tableCases: readonly Named<RmmCall>[] = [
  ...crossed('protected', protectedStates, protectedProbes),
  ...crossed('unprotected', unprotectedStates, unprotectedProbes),
]
