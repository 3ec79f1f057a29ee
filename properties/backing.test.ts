import { expect, test } from 'vitest'
import { failing } from '../model/actions/relation.js'
import { Reg, regOf } from '../model/machine/registers.js'
import { qemuStops, typeMapLimit, typeMapOverlap } from '../spec/index.js'
import { singleBacking } from './accounts.js'
import { entryLimit } from './limits.js'
import { all, type Breach, byHand, judges } from './testing/by-hand.js'

type Spoil = Breach['spoil']

const bothFrames: Spoil = (_, s) => s.privateFrame.fill(10, 1, 2)
const twoFrames = 'kvm.host-memory/punch-orphans at 1: page 1 has 2 frames and no conversion is under way'
judges(
  singleBacking,
  [
    { that: 'a page has both sides', spoil: bothFrames, breaks: twoFrames },
    { that: 'a page has an orphan beside its frame', spoil: (_, s) => s.orphans.fill(1, 1, 2), breaks: twoFrames },
    {
      that: 'a TD is dead that nothing stopped',
      spoil: all(bothFrames, (_, s) => s.tdDead.fill(1)),
      breaks: twoFrames,
    },
    {
      that: 'its neighbours are under conversion',
      spoil: all(bothFrames, (_, s) => {
        s.reg.set([0, 1], regOf(0, Reg.requestFirst))
        s.reg.set([2, 3], regOf(1, Reg.requestFirst))
      }),
      breaks: twoFrames,
    },
    { that: 'no VM was stopped', on: { host: { stops: qemuStops } }, spoil: bothFrames, breaks: twoFrames },
  ],
  [
    { that: 'a page has the private side alone', spoil: all(bothFrames, (_, s) => s.sharedFrame.fill(0, 1, 2)) },
    {
      that: 'the page is under conversion',
      spoil: all(bothFrames, (_, s) => s.reg.set([1, 2], regOf(1, Reg.requestFirst))),
    },
    { that: 'the container is closed', spoil: all(bothFrames, (_, s) => s.closed.fill(1)) },
    {
      that: 'the VM was stopped amid a conversion',
      on: { host: { stops: qemuStops } },
      spoil: all(bothFrames, (_, s) => s.tdDead.fill(1)),
    },
  ],
)

const caused =
  (cause: number): Spoil =>
  (m) =>
    Object.assign(m.event, { cause })
judges(
  entryLimit,
  [
    {
      that: 'a map has no entry left',
      on: { scope: { entryLimit: 3 } },
      spoil: caused(failing.findIndex(({ rule }) => rule === typeMapLimit)),
      breaks: 'vfio.map/entry-limit: a map fails with ENOSPC: all 3 entries are in use',
    },
  ],
  [
    { that: 'nothing fails', spoil: caused(-1) },
    { that: 'a map fails for another cause', spoil: caused(failing.findIndex(({ rule }) => rule === typeMapOverlap)) },
  ],
)

test('properties of conversions make no sense where calls are raw', () => {
  const raw = byHand({ scope: { calls: true } }).machine
  for (const { notOn } of [singleBacking, entryLimit]) {
    expect(notOn?.(byHand().machine)).toBeUndefined()
    expect(notOn?.(raw)).toBe('raw calls take the place of conversions, and answer to no guest')
  }
})
