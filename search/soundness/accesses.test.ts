import { beforeAll, describe, expect, test } from 'vitest'
import { Prng } from '../../base/prng.js'
import type { Design } from '../../designs/design.js'
import { allDesigns } from '../../designs/index.js'
import { onDemand4k } from '../../designs/on-demand-4k.js'
import type { Accessed } from '../../model/actions/accessed.js'
import { relation } from '../../model/actions/relation.js'
import type { Row } from '../../model/actions/row.js'
import { platformFieldNames, platformTable } from '../../model/machine/platform.js'
import type { Scope } from '../../model/machine/scope.js'
import { properties } from '../../properties/index.js'
import { allMachines } from '../check/machines.js'
import { buildMachine, type MachineConfigInput } from '../machine-config.js'
import { machines } from '../testing/coverage-machines.js'
import { RecordedWalks } from '../testing/recorded-walk.js'
import { covers } from '../testing/recorder.js'

const { ACCESS_SEED = '1', ACCESS_STEPS = '40' } = process.env

/** Each value of each choice that a platform makes, as a change of a preset. */
const changes = platformFieldNames.flatMap((name) => {
  const field = platformTable[name]
  if (field.kind === 'choice') return field.values.map((value) => `${name}=${value}`)
  return field.kind === 'flag' ? [`${name}=true`, `${name}=false`] : []
})

/** The machines of `check` for a design: its configurations have what the others lack, such as reclaim amid faults. */
const configured = (design: Design, driver: string, backing: Scope['backing']) =>
  allMachines({
    ...{ design, driver, backing, scope: {}, platform: 'tdx-2021-reading', parts: [] },
    properties: properties.map(({ name }) => name),
  }).map(({ machine }) => machine.setup)

const everyDesign = () =>
  allDesigns.flatMap((design) =>
    design.drivers.flatMap(({ name }) => design.backings.flatMap((backing) => configured(design, name, backing))),
  )

/** Walks on each machine as it is, and with one choice of its platform made otherwise. */
function walksOn(setups: readonly MachineConfigInput[]): RecordedWalks {
  const walks = new RecordedWalks(new Prng(Number(ACCESS_SEED)))
  for (const [index, setup] of setups.entries()) {
    const made = buildMachine(setup)
    if (made.ok) walks.run(made.value.machine, Number(ACCESS_STEPS))
    const other = buildMachine({ ...setup, platform: `${setup.platform} ${changes[index % changes.length]}` })
    if (other.ok) walks.run(other.value.machine, Number(ACCESS_STEPS))
  }
  return walks
}

const undeclared = (declared: readonly Accessed[], seen: ReadonlySet<Accessed>): Accessed[] =>
  [...seen].filter((one) => !covers(declared, one)).sort()

/** A row that waits for a lock reads it. */
const declaredReads = (row: Row): readonly Accessed[] =>
  row.by === 'environment' && row.waitsFor !== undefined ? [...row.reads, 'lock'] : row.reads

function areDeclared(setups: () => readonly MachineConfigInput[]): void {
  let walks: RecordedWalks
  beforeAll(() => {
    walks = walksOn(setups())
  }, 600_000)

  test('a row reads and writes nothing that it does not declare', () => {
    const found = [...walks.rows].flatMap(([kind, { reads, writes }]) => [
      ...undeclared(declaredReads(relation[kind]), reads).map((name) => `${kind} reads ${name}`),
      ...undeclared(relation[kind].writes, writes).map((name) => `${kind} writes ${name}`),
    ])
    expect(found).toEqual([])
  })

  test('what one clause reads of a state stands in one list of its property', () => {
    const found = properties.flatMap(({ name, judges, clauses }) =>
      clauses.flatMap((clause, index) => {
        const reads = walks.clauses.get(clause)?.reads ?? new Set()
        const fits = judges === undefined || judges.states.some((list) => undeclared(list, reads).length === 0)
        return fits || reads.size === 0 ? [] : [`clause ${index + 1} of ${name} reads ${[...reads].sort().join(' ')}`]
      }),
    )
    expect(found).toEqual([])
  })

  test('a property reads nothing at a step that it does not declare', () => {
    const found = properties.flatMap((property) =>
      property.judges === undefined
        ? []
        : undeclared(property.judges.steps, walks.steps.get(property)?.reads ?? new Set()).map(
            (name) => `${property.name} reads ${name}`,
          ),
    )
    expect(found).toEqual([])
  })

  test('no action is possible that its row says has to wait', () => {
    expect([...walks.unexpected]).toEqual([])
  })
}

describe('on random runs of all kinds of machines', () => {
  areDeclared(() => [
    ...machines(),
    ...configured(onDemand4k, 'type1v2', 'separate'),
    ...configured(onDemand4k, 'iommufd', 'in-place'),
  ])
})

describe('on random runs of the machines on which every design is checked', { tags: 'long' }, () => {
  areDeclared(everyDesign)
})
