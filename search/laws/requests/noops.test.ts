import { describe, expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { mapsUnpinned, slotsUnmapped } from '../../../designs/host-memory.js'
import { type Design, designs, fullName } from '../../../designs/index.js'
import { replays, unskipped } from '../../../designs/lifecycle.js'
import { onDemand4k } from '../../../designs/on-demand-4k.js'
import { chunk } from '../../../designs/vocabulary/ranges.js'
import type { MachineConfigInput } from '../../machine-config.js'
import { checkedIn10s, violatedBy } from '../../testing/proved.js'
import { checkMachine } from '../../verdict.js'

const platform = 'tdx-2021-reading'
const seed = Number(process.env.DMAPROOF_SEED ?? 1)
const discardsPrivate = { call: 'discard-private', on: chunk } as const

const setupOf = (design: Design, noops: boolean): MachineConfigInput => ({
  design: fullName(design),
  driver: design.drivers[0]?.name ?? '',
  platform,
  scope: { ...design.scope, vcpus: 1, pages: design.bootRequest ? 4 : 2, backing: design.backings[0], noops },
})

test('the shipped designs skip what is so already: requests for it violate nothing more', {
  tags: 'long',
  timeout: 120_000,
}, () => {
  for (const design of designs.filter((one) => one !== unskipped)) {
    const [without, withNoops] = [setupOf(design, false), setupOf(design, true)].map((setup) => violatedBy(setup))
    expect([fullName(design), withNoops]).toEqual([fullName(design), without])
  }
})

test('a design that does not skip refuses such a request: 7 actions, or the request and what follows fairly', () => {
  const [without, withNoops] = [setupOf(unskipped, false), setupOf(unskipped, true)].map((setup) => violatedBy(setup))
  expect([without, withNoops]).toEqual([{}, { 'conversion-ends': 7 }])
  const setup: MachineConfigInput = {
    design: fullName(unskipped),
    driver: 'type1v2',
    platform,
    scope: { ...unskipped.scope },
  }
  expect(checkedIn10s(setup, 'conversion-ends')).toMatchObject({
    verdict: 'violated',
    steps: 1,
    why: expect.stringContaining('fails with EEXIST'),
  })
})

describe('what goes meanwhile for another reason is not taken away by a request', () => {
  const scope = { noops: true, vcpus: 2, pages: 4 } as const
  test.each([
    ['a device is taken away', replays],
    ['a memory slot is taken away', slotsUnmapped],
    ['a page is reclaimed', mapsUnpinned],
  ])('%s', (_, design) => {
    const setup = {
      design: fullName(design),
      driver: design.drivers[0]?.name ?? '',
      platform,
      scope: { ...design.scope, ...scope },
    }
    const options = { seed, runs: 200, length: 160 }
    const [found] = must(checkMachine(setup, ['conversion-ends'], options))
    expect([seed, found?.verdict, found?.why]).toEqual([seed, 'none-found', expect.any(String)])
  })

  test('and a request that does take something away is found there, too', () => {
    const { variant, toPrivate, ...rest } = slotsUnmapped
    const own: Design = { ...rest, variant: 'draft', toPrivate: [discardsPrivate, ...toPrivate] }
    const setup: MachineConfigInput = {
      design: 'on-demand-4k/draft',
      driver: 'type1v2',
      platform,
      scope: { ...own.scope, ...scope, requests: 'pages' },
    }
    expect(checkedIn10s(setup, 'conversion-ends', { own: [own] })).toMatchObject({ verdict: 'violated' })
  })
})

test('a request for what is so must leave the frames, also where it is answered as done', () => {
  const draft: Design = {
    ...onDemand4k,
    variant: 'draft',
    toPrivate: [discardsPrivate, ...onDemand4k.toPrivate],
  }
  const scope = { requests: 'pages', noops: true, vcpus: 1 } as const
  const setup: MachineConfigInput = { design: 'on-demand-4k/draft', driver: 'type1v2', platform, scope }
  const found = checkedIn10s(setup, 'conversion-ends', { own: [draft] })
  expect(found).toMatchObject({
    verdict: 'violated',
    why: expect.stringContaining('takes a mapping, a pin or a frame'),
  })
})
