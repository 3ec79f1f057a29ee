import { expect, test } from 'vitest'
import { must } from '../base/result.js'
import { maxFairnessClasses } from '../checker/liveness/fair-cycle.js'
import { fairnessClasses, owedBy } from '../model/actions/fairness.js'
import { unit } from '../model/actions/parameters.js'
import { kindIndex, kindOf, kinds, relation, rows } from '../model/actions/relation.js'
import { type EnvironmentRow, environmentRow, type Row } from '../model/actions/row.js'
import { machineFrom } from '../model/build-machine.js'
import { withParts } from '../model/machine/parts.js'
import { presets } from '../model/machine/platform.js'
import { makeScope } from '../model/machine/scope.js'
import { idleHost } from '../model/plan/idle-host.js'
import { roundAmong } from '../properties/fair-continuation.js'
import { fairnessClassCount, fairnessClassesOf } from '../search/exhaustive/fairness.js'
import { buildMachine } from '../search/machine-config.js'
import { vtdQueueInOrder } from '../spec/index.js'
import { freeAmong, owedAmong } from './steps.js'

const m = machineFrom(must(makeScope({ vcpus: 2 })), presets['linux-7.2'], withParts(), idleHost)
const nameOf = (kind: number) => kinds.names[kind]

/** What each of the three consumers of fairness makes of a row at the end of a relation. */
function viewsOf(row: Row) {
  const among = [...rows, row]
  const kind = rows.length
  return {
    round: roundAmong(among).some((served) => served.kind === kind),
    liveness: fairnessClassesOf(m, among)(Int32Array.of(kind, 0)) > 0,
    litmus: owedAmong(among).includes(kind) ? 'owed' : freeAmong(among).includes(kind) ? 'free' : 'as written',
  }
}

const withFairness = (fairness: EnvironmentRow['fairness']): Row =>
  environmentRow({
    says: 'A row of this test.',
    actor: 'iommu',
    params: [unit],
    fairness,
    weight: 20,
    plan: 'none',
    outcome: 'errno',
    page: undefined,
    rules: [vtdQueueInOrder],
    reads: [],
    writes: [],
    needs: undefined,
    candidates: () => 0,
    choose: () => undefined,
    possible: () => false,
    apply: () => undefined,
  })

test('an action that is added is known to the fair round, to liveness and to litmus by its row alone', () => {
  expect(viewsOf(withFairness({ owedBy: 'unit', insteadOf: undefined, inLitmus: 'by itself' }))).toEqual({
    round: true,
    liveness: true,
    litmus: 'owed',
  })
  expect(viewsOf(withFairness({ owedBy: 'unit', insteadOf: 'iommu.invalidate', inLitmus: 'by itself' }))).toEqual({
    round: false,
    liveness: true,
    litmus: 'owed',
  })
  expect(viewsOf(withFairness('free'))).toEqual({ round: false, liveness: false, litmus: 'free' })
  expect(viewsOf(withFairness('chosen'))).toEqual({ round: false, liveness: false, litmus: 'as written' })
})

test('litmus and liveness owe the same actions, but for those whose row says otherwise', () => {
  const classOf = fairnessClassesOf(m)
  const owed = owedAmong(rows)
  const differing = rows.flatMap((row, kind) => {
    const inLiveness = row.by === 'environment' && classOf(Int32Array.of(kind, 0)) > 0
    return inLiveness === owed.includes(kind) ? [] : [nameOf(kind)]
  })
  const saidSo = rows.flatMap(({ fairness }, kind) =>
    typeof fairness !== 'string' && fairness.inLitmus === 'as written' ? [nameOf(kind)] : [],
  )
  expect(differing).toEqual(saidSo)
  expect(saidSo).toEqual(['kvm.map-gpa.interrupt', 'guest.retry', 'mm.put-references'])
})

test('an action that stands for another names one of its class, which a fair round takes', () => {
  const served = roundAmong(rows).map(({ kind }) => kind)
  for (const { fairness } of rows) {
    if (typeof fairness === 'string' || fairness.insteadOf === undefined) continue
    const other = kindOf(fairness.insteadOf)
    if (other === undefined) expect.unreachable(fairness.insteadOf)
    expect(served).toContain(kindIndex(other))
    expect(owedBy(relation[other].fairness)).toBe(fairness.owedBy)
  }
})

test('a fair round serves every class that liveness counts on', () => {
  expect(new Set(roundAmong(rows).map((served) => served.owedBy))).toEqual(new Set(fairnessClasses))
})

test('the largest machine has no more classes than a search for fair cycles tells apart', () => {
  const scope = { vcpus: 8, units: 4, devices: 8, references: 1, pages: 2 }
  for (const name of ['vcpus', 'units', 'devices'] as const)
    expect(makeScope({ ...scope, [name]: scope[name] + 1 }).ok).toBe(false)
  const setup = {
    design: 'replace-domain',
    driver: 'iommufd-replace',
    platform: 'linux-7.2',
    parts: ['secureEpt' as const],
    scope,
  }
  expect(fairnessClassCount(must(buildMachine(setup)).machine)).toBeLessThanOrEqual(maxFairnessClasses)
})

test('a class is told by the first parameter of its actions', () => {
  const typeOf = { vcpu: 'vcpu', fault: 'vcpu', unit: 'unit', device: 'device', domain: 'domain', reference: undefined }
  for (const [kind, { fairness, params }] of rows.entries()) {
    const owes = owedBy(fairness)
    if (owes !== undefined)
      expect(`${nameOf(kind)} ${Object.values(params)[0]?.type}`).toBe(`${nameOf(kind)} ${typeOf[owes]}`)
  }
})
