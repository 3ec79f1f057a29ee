import { describe, expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { failing } from '../../model/actions/relation.js'
import {
  gupNeedsHva,
  inPlaceGupPrivateRefused,
  iommufdMapMmio,
  iommufdUnmapBusy,
  type Rule,
  smmuMapOver,
  typeLastGroup,
  typeMapDriver,
  typeMapWrap,
  typeMapWrap612,
  typeUnmapWrap,
  typeUnmapWrap612,
  vtdMapOverLeafRefused,
  vtdTimeOutRestarts,
} from '../../spec/index.js'
import { OracleCache } from '../oracle/check.js'
import { outcomeRules } from '../oracle/explain.js'
import type { InterfaceName } from '../protocol/messages.js'
import { modelHello } from '../testing/model-target.js'
import { containerCases } from './container.js'

/** Rules of these calls for which the protocol has no circumstance, or which the container keeps from happening. */
const beyond: readonly Rule[] = [
  gupNeedsHva,
  inPlaceGupPrivateRefused,
  iommufdMapMmio,
  iommufdUnmapBusy,
  typeMapDriver,
  typeLastGroup,
  smmuMapOver,
  vtdMapOverLeafRefused,
  vtdTimeOutRestarts,
]
/** Rules that are of one kernel, and not of the other. */
const byPlatform: readonly Rule[] = [typeMapWrap, typeMapWrap612, typeUnmapWrap, typeUnmapWrap612]

/** Rules by which the model refuses some call of the fixed list. */
function rulesMet(on: InterfaceName, platform: string): Set<Rule> {
  const oracles = new OracleCache([platform])
  const met = new Set<Rule>()
  for (const { setting, calls } of containerCases({ hello: modelHello, interface: on, kvm: false }).sequences) {
    const oracle = must(oracles.open(setting))
    for (const call of calls) {
      const predictions = oracle.predict(call)
      for (const { cause } of predictions) {
        const rule = failing[cause]?.rule
        if (rule !== undefined) met.add(rule)
      }
      oracle.commit(predictions, predictions.slice(0, 1))
    }
  }
  return met
}

describe.each(['type1', 'type1v2', 'iommufd', 'iommufd-file', 'iommufd-replace', 'compat'] as const)(
  'the fixed list on %s',
  (on) => {
    test('meets every rule by which a map or an unmap fails', () => {
      const met = new Set([...rulesMet(on, 'linux-6.12'), ...rulesMet(on, 'linux-7.2')])
      const all = [...outcomeRules({ call: 'map' }, on), ...outcomeRules({ call: 'unmap' }, on)].map(({ rule }) => rule)
      const missed = all.filter((rule) => !met.has(rule) && !beyond.includes(rule))
      expect(missed.map(({ id }) => id)).toEqual([])
      if (on.startsWith('type1')) expect(byPlatform.every((rule) => met.has(rule))).toBe(true)
    })

    test('has a name of its own for each case', () => {
      const names = containerCases({ hello: modelHello, interface: on, kvm: false }).sequences.map(({ from }) => from)
      expect(new Set(names).size).toBe(names.length)
    })

    test('asks nothing of an implementation that it cannot do', () => {
      const hello = { ...modelHello, flaws: ['wraps' as const], limits: [] }
      const cases = containerCases({ hello, interface: on, kvm: false }).sequences
      const flaws = cases.flatMap(({ calls }) => calls.flatMap((call) => ('flaw' in call ? [call.flaw] : [])))
      expect(new Set(flaws)).toEqual(new Set(['none', 'wraps']))
      expect(cases.every(({ setting }) => setting.entries === 65_535 && setting.memlock === 0xffff_ffff)).toBe(true)
    })
  },
)
