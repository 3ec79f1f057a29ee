import type { Machine } from '../model/machine/machine.js'
import type { State } from '../model/machine/state.js'
import { accountsBalance } from './accounts.js'
import { all, type Breach, judges, type Near, type Unlike } from './testing/by-hand.js'
import { charged } from './testing/charged.js'

type Spoil = (m: Machine, s: State) => unknown

const limited: Unlike = { scope: { memlockLimit: 1 } }
const oneEntry: Unlike = { scope: { entryLimit: 1 } }

/** So many mappings, each with an entry, and so many pages pinned and locked. */
const counts =
  (mappings: number, locked: number): Spoil =>
  (_, s) => {
    s.mappings[0] = mappings
    s.entriesUsed[0] = mappings
    s.pinnedPages[0] = locked
    s.lockedPages[0] = locked
  }

const breaches: readonly Breach[] = [
  {
    that: 'more is locked than may be',
    on: limited,
    spoil: counts(0, 2),
    breaks: 'vfio.map/memlock: locked pages: 2, beyond the limit of 1',
  },
  {
    that: 'one process locks too much, where each has a limit',
    on: { scope: { memlockLimit: 0, processes: true } },
    spoil: all(charged(2, 0, 1), counts(0, 1)),
    breaks: 'vfio.map/memlock: locked pages: 1, beyond the limit of 0',
  },
  {
    that: 'one mapping more is there than entries',
    on: oneEntry,
    spoil: counts(2, 0),
    breaks: 'vfio.map/entry-limit: entries in use: 2, beyond the limit of 1',
  },
]

const near: readonly Near[] = [
  { that: 'as many entries are in use as there are', on: oneEntry, spoil: counts(1, 0) },
  { that: 'iommufd has no limit', on: { ...oneEntry, host: { accounting: 'iommufd' } }, spoil: counts(2, 0) },
  { that: 'as much is locked as may be', on: limited, spoil: counts(0, 1) },
  {
    that: 'as much is locked by each process as it may',
    on: { scope: { memlockLimit: 1, processes: true } },
    spoil: all(counts(0, 2), (_, s) => {
      s.payer.set([1, 2])
      s.lockedBy.fill(1)
    }),
  },
]

judges(accountsBalance, breaches, near)
