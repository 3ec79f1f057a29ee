import { expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import type { Design } from '../../../designs/design.js'
import { type1v2 } from '../../../designs/drivers/vfio-type1.js'
import { eachSharedUnmappedPage } from '../../../designs/vocabulary/loops.js'
import { allPages, chunk, page } from '../../../designs/vocabulary/ranges.js'
import { acquire, release } from '../../../designs/vocabulary/steps.js'
import type { Note, Plan } from '../../../model/plan/plan.js'
import { conversionEnds } from '../../../properties/index.js'
import { withDesigns } from '../../catalogue/catalogue.js'
import { checkMachine } from '../../verdict.js'

const toShared: Plan = [
  acquire('vm'),
  { call: 'set-shared', on: chunk },
  { call: 'discard-private', on: chunk },
  { call: 'map', on: chunk },
  release('vm'),
]

/** The sentence for the conversion that does not end as it must, of a design with this plan. */
function whyOf(toPrivate: Plan): string {
  const design: Design = {
    ...{ name: 'draft', summary: 'A draft.', source: 'this test', lock: 'one per VM', drivers: [type1v2] },
    backings: ['separate'],
    boot: [{ each: eachSharedUnmappedPage(allPages), body: [{ call: 'map', on: page }] }],
    toPrivate,
    toShared,
  }
  const setup = { design: 'draft', driver: 'type1v2', platform: 'tdx-2021-reading' } as const
  const options = { runs: 500, seed: 1, length: 80 }
  const [verdict] = must(checkMachine({ ...setup, scope: {} }, [conversionEnds.name], options, withDesigns(design)))
  return verdict?.why ?? ''
}

test('a lock that is never released is named with its holder', () => {
  /** Steps that keep a lock are refused before they run: so this one is kept past the steps. */
  const keep: Note = { name: 'keep the lock', run: (_, s, vcpu) => s.lock.fill(vcpu + 1, 0, 1) }
  const convert: Plan = [
    { call: 'set-private', on: chunk },
    { call: 'unmap', on: chunk },
  ]
  const why = whyOf([acquire('vm'), ...convert, release('vm'), { note: keep }])
  expect(why).toMatch(
    /never ends.*vCPU \d waits for the lock vm, which (it already|vCPU \d, whose plan has ended,) holds/,
  )
})

test('a call that fails is named with its range, its errno and the rule', () => {
  const why = whyOf([
    acquire('vm'),
    { call: 'set-private', on: chunk },
    { call: 'unmap', on: chunk },
    { call: 'discard-shared', on: chunk },
    release('vm'),
  ])
  expect(why).toMatch(/is refused .*: vfio\.map-dma on \d\.\.\d by vCPU \d fails with EEXIST \[vfio\.map\/overlap\]/)
})
