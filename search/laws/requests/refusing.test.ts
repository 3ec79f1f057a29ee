import { expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { type Design, findDesign } from '../../../designs/index.js'
import { chunk } from '../../../designs/vocabulary/ranges.js'
import { acquire, checkPool, release } from '../../../designs/vocabulary/steps.js'
import { withDesigns } from '../../catalogue/catalogue.js'
import { checkMachine } from '../../verdict.js'

const options = { seed: 1, runs: 50, length: 80 }
const judge = (design: string, platform: string, scope: object, own: readonly Design[] = []) =>
  must(checkMachine({ design, driver: 'type1v2', platform, scope }, ['conversion-ends'], options, withDesigns(...own)))

test('a design that answers every request with an error fails conversion-ends', () => {
  const usual = findDesign('on-demand-4k')
  if (usual === undefined) throw new Error('on-demand-4k is gone')
  const refuse = [acquire('vm'), checkPool(chunk, () => 0), release('vm')]
  const design = { ...usual, name: 'refuses', toPrivate: refuse, toShared: refuse }
  expect(judge('refuses', 'tdx-2021-reading', {}, [design])).toMatchObject([{ verdict: 'violated', steps: 1 }])
})

test('a design that answers every request with RETRY fails conversion-ends', () => {
  const scope = { backing: 'in-place' }
  expect(judge('pin-all', 'tdx-2021-reading inPlacePinCheck=refuse', scope)).toMatchObject([
    { verdict: 'violated', steps: 1 },
  ])
})

test('a design that leaves a page shared when it refuses to share it fails conversion-ends', () => {
  const usual = findDesign('on-demand-4k')
  if (usual === undefined) throw new Error('on-demand-4k is gone')
  const design = { ...usual, name: 'forgets', undoShared: [] }
  const scope = { failures: 1, start: 'private' }
  expect(judge('forgets', 'tdx-2021-reading', scope, [design])).toMatchObject([{ verdict: 'violated' }])
  expect(judge('on-demand-4k', 'tdx-2021-reading', scope)).toMatchObject([{ verdict: 'none-found' }])
})
