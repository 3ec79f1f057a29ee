import { Reg, regOf } from '../model/machine/registers.js'
import { Table } from '../model/machine/state.js'
import { accountsBalance } from './accounts.js'
import { all, type Breach, judges, type Near } from './testing/by-hand.js'

type Spoil = Breach['spoil']

/** Both tables that the first region may have. */
const tables = [0, 1] as const
const uses = [Table.Linked, Table.Filling, Table.Unlinked]

const table =
  (which: 0 | 1, use: number): Spoil =>
  (_, s) => {
    s.table[which] = use
  }
const tornDown: Spoil = (_, s) => s.closed.fill(2)
const flushComes: Spoil = (_, s) => s.deferred.fill(1)
const calling: Spoil = (_, s) => {
  s.reg[regOf(1, Reg.callEnd)] = 2
}

const leaks = (rule: string, how: string) => `${rule} at 0: a table of the region of page 0 ${how}: it leaks`

const breaches = tables.flatMap((which): Breach[] => [
  {
    that: `table ${which} is in use, and nothing leads to it`,
    spoil: table(which, Table.Linked),
    breaks: leaks('vtd.superpage/over-empty-table-7-2', 'is in use, and no directory entry points to it'),
  },
  {
    that: `table ${which} was never put in`,
    spoil: table(which, Table.Filling),
    breaks: leaks('vtd.tables/put-in-by-exchange', 'was filled, and neither put in nor freed'),
  },
  {
    that: `table ${which} was never freed`,
    spoil: table(which, Table.Unlinked),
    breaks: leaks('vtd.superpage/table-freed-after-flush', 'was taken out, and not freed'),
  },
  {
    that: `table ${which} is left by the teardown`,
    spoil: all(table(which, Table.Unlinked), tornDown),
    breaks: 'vfio.removal/close at 0: after the teardown page 0 has a leaf, or its region a table that was never freed',
  },
])

const near = tables.flatMap((which): Near[] => [
  { that: `table ${which} waits for the late flush`, spoil: all(table(which, Table.Unlinked), flushComes) },
  { that: `it does, at the end`, spoil: all(table(which, Table.Unlinked), flushComes, tornDown) },
  ...uses.flatMap((use) => [
    { that: `a call is at work on table ${which} (${use})`, spoil: all(table(which, use), calling) },
    {
      that: `a driver pins nothing by design (table ${which}, ${use})`,
      on: { host: { pins: false } },
      spoil: table(which, use),
    },
    {
      that: `a driver has no accounting (table ${which}, ${use})`,
      on: { host: { accounting: 'none' as const } },
      spoil: table(which, use),
    },
  ]),
])

judges(accountsBalance, breaches, near)
