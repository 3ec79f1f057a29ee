import { describe, expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { makeOwnMemory } from '../../../checker/memory/store-memory.js'
import { kvmCalls } from '../../../designs/drivers/kvm.js'
import { onDemand4k } from '../../../designs/on-demand-4k.js'
import { given } from '../../../designs/vocabulary/ranges.js'
import { zapShared } from '../../../designs/vocabulary/steps.js'
import type { Kind } from '../../../model/actions/relation.js'
import type { Part } from '../../../model/machine/parts.js'
import type { Plan, Range } from '../../../model/plan/plan.js'
import { properties } from '../../../properties/index.js'
import { withDesigns } from '../../catalogue/catalogue.js'
import { configurations } from '../../check/configurations.js'
import { machineIn } from '../../check/machines.js'
import { proveMachine } from '../../exhaustive/verdicts.js'
import { runJob } from '../../jobs/run-job.js'
import type { Verdict } from '../../verdict.js'

// KVM deletes a slot in steps: a mark, a wait for faults, the removal of translations, a flush, and the slot is freed.

const deletion = kvmCalls['delete-slot'].body
const at = (row: Kind): number => deletion.findIndex((node) => 'row' in node && node.row === row)
const without = (row: Kind): Plan => deletion.filter((_, index) => index !== at(row))
const firstPage: Range = { ...given, end: (m, s, v) => given.first(m, s, v) + 1 }

/** `check` of a KVM with this deletion, in the configuration in which slots go and come. */
function checked(body: Plan): readonly Verdict[] {
  const design = { ...onDemand4k, variant: 'draft', kvm: { ...kvmCalls, 'delete-slot': { body, undo: [] } } }
  const catalogue = withDesigns(design)
  const configuration = configurations.find(({ name }) => name === 'memory slots')
  const asked = { catalogue, design, driver: 'type1v2', backing: 'separate', scope: {}, parts: [] } as const
  const question = { ...asked, platform: 'linux-7.2', properties: properties.map(({ name }) => name) }
  const machine = configuration && machineIn(question, configuration)
  if (machine === undefined) throw new Error('no machine has memory slots')
  const options = { seed: Number(process.env.DMAPROOF_SEED ?? 1), runs: 2000, length: 160, shortest: 80 }
  const job = { ...machine, options, small: { states: 8000, seconds: 60 } }
  return must(runJob(job, { onProgress: () => undefined, onFound: () => undefined }, catalogue))
}

const violated = (body: Plan): readonly string[] =>
  checked(body)
    .filter(({ verdict }) => verdict === 'violated')
    .map(({ property, why }) => `${property}: ${why}`)

const left = /^sept-protocol: page \d has no memory slot, and an EPT or a vCPU still leads to it/
const swapped = (): Plan => {
  const order = [...deletion]
  const zap = at('kvm.zap-shared')
  order.splice(zap, 1)
  order.splice(at('kvm.wait-flush'), 0, deletion[zap])
  return order
}

describe('a KVM falls in the configuration of slots', { timeout: 120_000 }, () => {
  test('not as Linux has it', { tags: 'long' }, () => {
    expect(violated(deletion)).toEqual([])
  })

  const faults: readonly (readonly [what: string, body: Plan])[] = [
    ['leaves the shared translations', without('kvm.zap-shared')],
    ['leaves those of all pages but the first', deletion.with(at('kvm.zap-shared'), zapShared(firstPage))],
    ['flushes before it removes them', swapped()],
    ['does not wait for the flush', without('kvm.wait-flush')],
    ['takes no private page', deletion.filter((node) => !('each' in node))],
    ['neither marks the slot nor waits', without('kvm.invalidate-slot').filter((_, index) => index !== 1)],
    ['does not wait for faults', without('kvm.await-faults')],
  ]
  test.each(faults)('that %s', { tags: 'long' }, (_, body) => {
    expect(violated(body)).toEqual(expect.arrayContaining([expect.stringMatching(left)]))
  })

  test('that keeps the slot when the VMM moves its memory elsewhere', () => {
    expect(violated(without('kvm.delete-slot'))).toEqual(
      expect.arrayContaining([expect.stringMatching(/^sept-protocol: the VMM takes the memory slot of page 0/)]),
    )
  })
})

test('a VMM that takes a slot away waits for faults of other vCPUs, which end', () => {
  const scope = { pages: 1, pagesPerSuperpage: 1, vcpus: 2, slotChanges: true }
  const parts: Part[] = ['secureEpt', 'content', 'cpuFlush']
  const setup = { design: 'on-demand-4k/slots-unmapped', driver: 'type1v2', platform: 'linux-7.2', scope, parts }
  const proof = must(proveMachine(setup, ['conversion-ends'], (packing) => makeOwnMemory(packing, 200_000)))
  expect(proof.verdicts.map(({ verdict }) => verdict)).toEqual(['held'])
})
