/** @module-tag long */
import { beforeAll, describe, expect, test } from 'vitest'
import { type Coverage, firstFailing, type Kind, kinds, rows } from '../../model/actions/relation.js'
import type { EnvironmentRow, PlanRow, Row } from '../../model/actions/row.js'
import type { MachineConfigInput } from '../machine-config.js'
import { machines } from '../testing/coverage-machines.js'
import { coverageOf, digestOf } from '../testing/run-digest.js'
import { unreachableErrors, unreachableRows } from '../testing/unreachable.js'

/** Runs of each machine among which one is looked for that meets a rule. */
const wide = { seed: 1, runs: 150, length: 120 } as const
/** Runs that meet a rule, of which one has to differ without it. */
const tries = 6

/** One place at which a rule stands, and the fields of its row without it. */
interface Deletion {
  readonly what: string
  readonly kind: number
  readonly met: (coverage: Coverage) => number
  readonly without: Partial<PlanRow> | Partial<EnvironmentRow>
}

const never = () => false

const effects: readonly Deletion[] = kinds.names.map((what, kind) => ({
  what,
  kind,
  met: ({ taken }) => taken[kind],
  without: { apply: () => undefined },
}))

const waits: readonly Deletion[] = rows.flatMap((row, kind) => {
  if (row.by !== 'plan' || row.ready === undefined) return []
  return [{ what: kinds.names[kind], kind, met: ({ taken }) => taken[kind], without: { ready: undefined } }]
})

const refusals: readonly Deletion[] = rows.flatMap(({ fails = [] }, kind) =>
  fails.map((way, index) => ({
    what: `${kinds.names[kind]} ${way.rule.id}`,
    kind,
    met: ({ failed }: Coverage) => failed[firstFailing[kind] + index],
    without: { fails: fails.with(index, { ...way, when: never }) },
  })),
)

const injected: readonly Deletion[] = rows.flatMap((row, kind) => {
  if (row.by !== 'plan' || row.mayFail === undefined) return []
  const { mayFail, fails = [] } = row
  const met = ({ failed }: Coverage) => failed[firstFailing[kind] + fails.length]
  return [
    { what: `${kinds.names[kind]} ${mayFail.rule.id}`, kind, met, without: { mayFail: { ...mayFail, on: never } } },
  ]
})

interface Run {
  readonly setup: MachineConfigInput
  readonly seed: number
}

/** Some runs that meet each place. */
const meeting = new Map<Deletion, Run[]>()

beforeAll(() => {
  for (const setup of machines()) {
    for (const [seed, coverage] of coverageOf(setup, wide)) {
      for (const one of [...effects, ...waits, ...refusals, ...injected]) {
        const known = meeting.get(one) ?? []
        if (known.length < tries && one.met(coverage) > 0) meeting.set(one, [...known, { setup, seed }])
      }
    }
  }
}, 300_000)

const digest = ({ setup, seed }: Run) => digestOf(setup, { seed, runs: 1, length: wide.length }).digest

function differs(one: Deletion, run: Run): boolean {
  const row: Row = rows[one.kind]
  const original = { ...row }
  const before = digest(run)
  Object.assign(row, one.without)
  try {
    return digest(run) !== before
  } catch {
    return true // a machine that cannot boot without the rule
  } finally {
    Object.assign(row, original)
  }
}

const listed = unreachableErrors.flatMap(({ kind, rules }) => rules.map((rule) => `${kind} ${rule}`))
const unmet = (all: readonly Deletion[]) => all.filter((one) => !meeting.has(one)).map(({ what }) => what)
const unnoticed = (all: readonly Deletion[]) =>
  all.filter((one) => meeting.get(one)?.some((run) => differs(one, run)) === false).map(({ what }) => what)

describe('no rule can be deleted without a change of some run', { timeout: 300_000 }, () => {
  test('behind what a row does, if it does more than to wait or to refuse', () => {
    const others = [...waits, ...refusals].map(({ kind }) => kinds.names[kind])
    expect(unnoticed(effects).filter((kind) => !others.includes(kind as Kind))).toEqual([])
    expect(unmet(effects)).toEqual(unreachableRows.map(({ kind }) => kind))
  })

  test('behind what a row waits for; a queue has room for all that its vCPUs can submit', () => {
    // A run that takes them has not waited for them: search/laws/architectures/snp.test.ts shows the plan that waits
    // without end for an RMPUPDATE, and litmus/architectures/ the others: arm-cca/cca-ripas-waits-for-mark.litmus the
    // change of the RIPAS, pkvm/pkvm-donate-waits-for-dma.litmus and pkvm/pkvm-sync-waits-for-dma.litmus what the
    // hypervisor waits for. Notifiers that the mark of a slot waits for: model/actions/host/slots.test.ts,
    // and model/actions/kvm/memslots.test.ts of one that is split.
    const others = unnoticed(waits).filter((kind) => !kind.startsWith('iommu.submit-'))
    const shownElsewhere = ['snp.rmpupdate-shared', 'rmi.rtt-set-ripas', 'pkvm.donate', 'pkvm.idmap-complete']
    expect(others).toEqual(['kvm.invalidate-slot', 'kvm.mark-split', ...shownElsewhere])
    expect(unmet(waits)).toEqual(['iommu.submit-global'])
  })

  test('behind a refusal, or a failure that is injected', () => {
    expect(unnoticed([...refusals, ...injected])).toEqual([])
    expect(unmet([...refusals, ...injected]).sort()).toEqual(listed.sort())
  })
})
