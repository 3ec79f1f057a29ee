import { expect, test } from 'vitest'
import { failing, kindIndex } from '../model/actions/relation.js'
import { CallKind } from '../model/machine/effects.js'
import { Errno } from '../model/machine/errno.js'
import type { Machine } from '../model/machine/machine.js'
import type { State } from '../model/machine/state.js'
import { iommufdUnmapBisect, iommufdUnmapBusy, type Rule } from '../spec/index.js'
import { errorsAsDocumented } from './errors.js'
import { type Breach, judges, type Near, witnessOf } from './testing/by-hand.js'

const inPlace = { scope: { backing: 'in-place' } } as const
const iommufd = { host: { accounting: 'iommufd' } } as const
/** A call of one kind has failed, and more is gone or left than before. */
const failed = (kind: keyof typeof CallKind, what: Partial<Machine['event']>) => (m: Machine) =>
  Object.assign(m.event, { callKind: CallKind[kind], callFailed: Errno.ENOMEM, callCause: 0, ...what })

/** A call has failed for want of memory for a table to which a superpage is cut. */
const failedCut = (kind: 'map' | 'unmap', lost: Partial<Machine['event']>) =>
  failed(kind, { callCause: failing.findIndex((one) => one.kind === kindIndex('iommu.fill-table')), ...lost })

/** An unmap has stopped at the mapping of page 2. */
const stopped = (rule: Rule, spoil: (s: State) => void) => (m: Machine, s: State) => {
  const callCause = failing.findIndex((one) => one.rule === rule)
  failed('unmap', { callCause, callFirst: 0, callEnd: 4, callArea: 2 })(m)
  s.mapOf[2] = 3
  s.mapLength[2] = 1
  spoil(s)
}

const breaches: readonly Breach[] = [
  ...(['set-private', 'set-shared'] as const).flatMap((kind): Breach[] => [
    {
      that: `${kind} fails and leaves a page shared`,
      spoil: failed(kind, { lostShared: -2 }),
      breaks: 'kvm.attributes/enomem: the failed call left 2 shared pages more than it found',
    },
    {
      that: `${kind} fails in place and leaves a page private`,
      on: inPlace,
      spoil: failed(kind, { lostShared: 1 }),
      breaks: 'kvm.in-place/error-offset: the failed call left -1 shared pages more than it found',
    },
  ]),
  ...[iommufdUnmapBisect, iommufdUnmapBusy].flatMap((rule): Breach[] =>
    [
      { how: 'leaves a mapping before it', spoil: (s: State) => s.mapOf.fill(1, 1, 2) },
      { how: 'takes its mapping', spoil: (s: State) => s.mapOf.fill(0, 2, 3) },
      { how: 'has another mapping there', spoil: (s: State) => s.mapOf.fill(4, 2, 3) },
      { how: 'takes its length', spoil: (s: State) => s.mapLength.fill(0, 2, 3) },
    ].map(({ how, spoil }) => ({
      that: `an unmap stops by ${rule.id} and ${how}`,
      spoil: stopped(rule, spoil),
      breaks:
        'iommufd.unmap/partial-effect: the failed unmap stopped at the mapping of page 2, which is not whole, ' +
        'or left one of pages 0 to 1',
    })),
  ),
  ...[
    { lost: { lostMappings: -1 }, says: '1 mappings, 0 entries, 0 pins and 0 locked pages' },
    { lost: { lostEntries: -1 }, says: '0 mappings, 1 entries, 0 pins and 0 locked pages' },
    { lost: { lostPinned: -1 }, says: '0 mappings, 0 entries, 1 pins and 0 locked pages' },
    { lost: { lostLocked: 2 }, says: '0 mappings, 0 entries, 0 pins and -2 locked pages' },
  ].flatMap(({ lost, says }): Breach[] => {
    const [that, why] = [JSON.stringify(lost), `the failed call left ${says} more than it found`]
    return [
      { that: `a map with ${that}`, spoil: failed('map', lost), breaks: `vfio.map/rollback: ${why}` },
      { that: `a detach with ${that}`, spoil: failed('detach', lost), breaks: `vfio.map/rollback: ${why}` },
      { that: `iommufd ${that}`, on: iommufd, spoil: failed('map', lost), breaks: `iommufd.map/rollback: ${why}` },
      { that: `an attach ${that}`, spoil: failed('attach', lost), breaks: `iommufd.domains/attach-undone: ${why}` },
    ]
  }),
  ...[
    { lost: { lostMappings: -1 }, says: '1 mappings, 0 entries, 0 pins and 0 locked pages' },
    { lost: { lostMappings: 1, lostEntries: 1 }, says: '-1 mappings, -1 entries, 0 pins and 0 locked pages' },
    { lost: { lostPinned: -1 }, says: '0 mappings, 0 entries, 1 pins and 0 locked pages' },
    { lost: { lostLocked: -1 }, says: '0 mappings, 0 entries, 0 pins and 1 locked pages' },
  ].map(
    ({ lost, says }): Breach => ({
      ...{ that: `a cut fails with ${JSON.stringify(lost)}`, on: iommufd, spoil: failedCut('unmap', lost) },
      breaks: `iommufd.map/rollback: the failed call left ${says} more than it found`,
    }),
  ),
  {
    ...{ that: 'a map leaves cuts', on: iommufd, spoil: failedCut('map', { lostMappings: -1, lostEntries: -1 }) },
    breaks:
      'iommufd.map/rollback: the failed call left 1 mappings, 1 entries, 0 pins and 0 locked pages more than it found',
  },
  {
    ...{ that: 'an unmap leaves cuts, and another step fails', on: iommufd },
    spoil: failed('unmap', { lostMappings: -1, lostEntries: -1 }),
    breaks:
      'iommufd.map/rollback: the failed call left 1 mappings, 1 entries, 0 pins and 0 locked pages more than it found',
  },
]

const near: readonly Near[] = [
  { that: 'a punch fails', spoil: failed('discard-shared', { lostShared: 1, lostMappings: 1, lostPinned: 1 }) },
  { that: 'attributes fail and a mapping went', spoil: failed('set-private', { lostMappings: 1, lostEntries: 1 }) },
  { that: 'an unmap fails amid its cuts', spoil: failedCut('unmap', { lostMappings: -2, lostEntries: -2 }) },
  { that: 'a map fails and a page turned', spoil: failed('map', { lostShared: 1 }) },
  { that: 'attributes are set', spoil: failed('set-private', { callFailed: 0, lostShared: 1 }) },
  { that: 'a map succeeds', spoil: failed('map', { callFailed: 0, lostMappings: -1 }) },
  ...[iommufdUnmapBisect, iommufdUnmapBusy].map((rule) => ({
    that: `an unmap stops by ${rule.id} and keeps the mapping at which it stopped, whatever went before`,
    spoil: (m: Machine, s: State) => {
      stopped(rule, () => undefined)(m, s)
      Object.assign(m.event, { lostMappings: 1, lostEntries: 1, lostPinned: 1, lostLocked: 1 })
    },
  })),
]

judges(errorsAsDocumented, breaches, near)

test('the witness of errors-as-documented is a call that fails', () => {
  expect(witnessOf(errorsAsDocumented, {}, failed('map', {}))).toBe(errorsAsDocumented.fullWitness)
  expect(witnessOf(errorsAsDocumented, {}, failed('map', { callFailed: 0 }))).toBe(0)
})
