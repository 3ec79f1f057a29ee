import { views } from '../model/actions/accessed.js'
import { isNoMemory } from '../model/actions/host/slots.js'
import { someTrustedReach, unverifiedReaches } from '../model/actions/trusted/trusted-paths.js'
import { hostIsAlive, someVcpuBusy } from '../model/machine/any-active.js'
import { ConversionEnd, DmaEnd, FaultReason } from '../model/machine/effects.js'
import type { Machine } from '../model/machine/machine.js'
import { Owner, type State } from '../model/machine/state.js'
import type { Gfn } from '../model/machine/units.js'
import { GuestView } from '../model/plan/interpreter.js'
import {
  ccaGptChecksDma,
  dmaHasNoNotifier,
  hostCpuAccessIsMachineCheck,
  longtermForDma,
  memslotIsMemory,
  mirrorTruncateRevokes,
  mirrorVmmUntrusted,
  mptChecksAddress,
  pinHoldsFrame,
  pkvmIdmapAfterCpu,
  pkvmMsiByHost,
  pkvmShareMapsIommu,
  pkvmTlbiAtUnmap,
  poisonConsumedIsMachineCheck,
  privateKeyIdAborts,
  qemuMapsShared,
  type Rule,
  removalIgnoresIommu,
  rmpChecksDma,
  sharedHalfUnmapped,
  sharedRootByHost,
  smmuSyncCompletes,
  smmuTranslatedBypasses,
  snpHostWriteCrashes,
  tdispEvidenceFirst,
  tdispEvidenceOfThisLock,
  typePinKeepsPage,
  typePinPerMapping,
  typeUnpinAfterSync,
  unmapBeforePrivate,
  untrustedDmaSharedOnly,
  vtdDeviceTlbRequired,
  vtdDrainAsked,
  vtdEveryUnit,
  vtdHintOnlyForLeaves,
  vtdTableFreedAfterFlush,
  vtdUnitWrites,
} from '../spec/index.js'
import { type FrameTest, findPath, inFreedTable, pathText } from './paths.js'
import { type Clause, ofConversions, property } from './property.js'

const dmaAtPrivate = (m: Machine, s: State) =>
  m.event.dma !== DmaEnd.None && m.event.gfn >= 0 && s.guestView[m.event.gfn] !== GuestView.Shared ? 1 : 0

/** The guest got an answer to a conversion, be it RETRY: what the properties about its result wait for. */
export const conversionAnswered = (m: Machine): number => (m.event.conversion === ConversionEnd.None ? 0 : 1)

/** The same, or the answer to a raw call. */
export const callerAnswered = (m: Machine): number =>
  conversionAnswered(m) | (m.scope.calls && m.event.callKind !== 0 ? 1 : 0)

const ownedByTd: FrameTest = (_, s, __, frame) => frame >= 0 && s.owner[frame] === Owner.Td

/** What keeps the devices of the host away on other architectures. */
const elsewhere = {
  'sev-snp': rmpChecksDma,
  'riscv-cove': mptChecksAddress,
  'arm-cca': ccaGptChecksDma,
  pkvm: pkvmIdmapAfterCpu,
}

/** Whether a trusted device reaches a frame of the TD by a shared address: then it is no better than any device. */
const sharedHalfReaches = (m: Machine, s: State, gfn: Gfn): boolean =>
  m.trusted > 0 && someTrustedReach(m, s, gfn, (frame, isPrivate) => !isPrivate && s.owner[frame] === Owner.Td)

/** No path of one kind (index in `pathNames`) leads to a frame of the TD, unless one of an earlier kind does. */
const notPrivateBy = (kind: number, rule: Rule, given: readonly Rule[] = [], on?: Clause['on']): Clause => ({
  rule,
  given,
  ...(on === undefined ? {} : { on }),
  holdsAt: (m, s, gfn) => findPath(m, s, gfn, ownedByTd) !== kind,
  explain: (_, __, gfn) => `the device reaches the guest's frame of page ${gfn} through ${pathText(kind)}`,
})

export const noPrivateReach = property(
  {
    name: 'no-private-reach',
    statement:
      'No path of a device that the guest does not trust, and none of the shared half of one that it does, leads to ' +
      'a frame owned by the guest.',
    clauses: [
      notPrivateBy(0, unmapBeforePrivate, [untrustedDmaSharedOnly, privateKeyIdAborts, mirrorVmmUntrusted], elsewhere),
      notPrivateBy(1, vtdHintOnlyForLeaves),
      notPrivateBy(2, vtdEveryUnit, [removalIgnoresIommu], { pkvm: pkvmTlbiAtUnmap }),
      notPrivateBy(3, vtdDeviceTlbRequired, [], { pkvm: smmuTranslatedBypasses }),
      notPrivateBy(4, vtdDrainAsked, [], { pkvm: smmuSyncCompletes }),
      notPrivateBy(5, vtdUnitWrites, [], { pkvm: pkvmMsiByHost }),
      notPrivateBy(6, unmapBeforePrivate, [typePinPerMapping], elsewhere),
      {
        rule: sharedHalfUnmapped,
        given: [sharedRootByHost],
        holdsAt: (m, s, gfn) => !sharedHalfReaches(m, s, gfn),
        explain: (_, __, gfn) => `a trusted device reaches the guest's frame of page ${gfn} by its shared address`,
      },
      {
        rule: tdispEvidenceFirst,
        given: [tdispEvidenceOfThisLock],
        holdsAt: (m, s, gfn) => !unverifiedReaches(m, s, gfn),
        explain: (_, __, gfn) => `a device that the guest has not verified reaches its frame of page ${gfn}`,
      },
    ],
    parts: [],
    ofEvents: true,
    ignoresAccounts: true,
    judges: {
      states: [
        views(
          'attached cachedTables context deviceTlb dma dmaFrame dmaGfn idmap iotlb lines messageFrame owner pde',
          'privateFrame pte secondPin table walkCache',
        ),
        views(
          'attested dma dmaFrame dmaGfn dmaPrivate dmar owner privateFrame sept sharedEpt sharedFrame sharedRoot tdisp',
          'trustedPte trustedTlb',
        ),
      ],
      steps: views('guestView'),
    },
    witness: 'a device tries a page that the guest makes, or has made, private',
    witnessBits: dmaAtPrivate,
    fullWitness: 1,
  },
  {
    byPath: {
      bad: ownedByTd,
      rest: (m, s, gfn) => !sharedHalfReaches(m, s, gfn) && !unverifiedReaches(m, s, gfn),
    },
  },
)

const byFreedTable: FrameTest = (_, __, ___, frame) => frame === inFreedTable
/** Unpinned, though the mapping relies on a pin; memory of a device has none. */
const unpinned: FrameTest = (m, s, gfn, frame) =>
  frame >= 0 && m.program.pins && s.pins[frame] === 0 && gfn < m.memoryPages
const freed: FrameTest = (_, s, __, frame) => frame >= 0 && s.owner[frame] === Owner.Free
/** Under pKVM a page has one frame for good: until the guest faults on it, that frame is the host's, and backs it. */
const isUndonated = (m: Machine, s: State, gfn: Gfn, frame: number): boolean =>
  m.pkvm && s.privateFrame[gfn] === frame + 1 && s.owner[frame] === Owner.Host
const isBacking: FrameTest = (m, s, gfn, frame) => s.sharedFrame[gfn] === frame + 1 || isUndonated(m, s, gfn, frame)
const notTheBacking: FrameTest = (m, s, gfn, frame) =>
  frame !== inFreedTable && m.program.pins && !isBacking(m, s, gfn, frame)
const revoked: FrameTest = (m, s, gfn, frame) =>
  frame !== inFreedTable && !m.program.pins && s.sharedFrame[gfn] !== frame + 1

/** A raw caller maps what it likes, also where there is no slot: that is no mistake of the driver. */
const isMissed = (m: Machine, s: State, gfn: number): boolean => !m.scope.calls && isNoMemory(m, s, gfn)
const noMemory: FrameTest = (m, s, gfn, frame) => frame >= 0 && isMissed(m, s, gfn)

const stale: FrameTest = (m, s, gfn, frame) =>
  frame < 0 ||
  isMissed(m, s, gfn) ||
  s.owner[frame] === Owner.Free ||
  !isBacking(m, s, gfn, frame) ||
  (m.program.pins && s.pins[frame] === 0 && gfn < m.memoryPages)

const notStaleBy = (bad: FrameTest, rule: Rule, what: string, given: readonly Rule[] = []): Clause => ({
  rule,
  given,
  holdsAt: (m, s, gfn) => findPath(m, s, gfn, bad) < 0,
  explain: (m, s, gfn) => `page ${gfn} is reached through ${pathText(findPath(m, s, gfn, bad))} ${what}`,
})

export const noStaleFrame = property(
  {
    name: 'no-stale-frame',
    statement:
      'No device path leads to a freed table, or to a frame that was freed, unpinned, or does not back the page.',
    clauses: [
      notStaleBy(byFreedTable, vtdTableFreedAfterFlush, 'by a table page that was freed'),
      notStaleBy(noMemory, memslotIsMemory, 'though the guest has no memory there'),
      notStaleBy(unpinned, typeUnpinAfterSync, 'at a frame that is no longer pinned', [longtermForDma]),
      notStaleBy(freed, pinHoldsFrame, 'at a frame that was freed'),
      notStaleBy(notTheBacking, typePinKeepsPage, 'at a pinned frame that does not back it', [dmaHasNoNotifier]),
      notStaleBy(revoked, mirrorTruncateRevokes, 'at a frame that does not back it'),
    ],
    parts: [],
    ofEvents: true,
    ignoresAccounts: true,
    judges: {
      states: [
        views(
          'attached cachedTables context deviceTlb dma dmaFrame dmaGfn idmap iotlb lines messageFrame owner pde pins',
          'privateFrame pte secondPin sharedFrame slotState table walkCache',
        ),
      ],
      steps: views(),
    },
    witness: 'a conversion, or a raw call, is answered, and a DMA goes through',
    witnessBits: (m) => callerAnswered(m) | (m.event.dma === DmaEnd.Done ? 2 : 0),
    fullWitness: 3,
  },
  { byPath: { bad: stale } },
)

/** What has the host keep the translations of shared pages, where it is not the rule of TDX. */
export const mapsSharedElsewhere = {
  'sev-snp': qemuMapsShared,
  'riscv-cove': qemuMapsShared,
  'arm-cca': qemuMapsShared,
  pkvm: qemuMapsShared,
}

/** A DMA is lost that had a translation: what keeps the devices of the host away from the guest's frames refused it. */
const isKeptAwayOf = ({ event }: Machine): boolean =>
  event.reason === FaultReason.RmpCheck ||
  event.reason === FaultReason.MptCheck ||
  event.reason === FaultReason.GranuleProtection ||
  event.reason === FaultReason.Stage2 ||
  event.reason === FaultReason.PrivateKey

const losesShared = ({ event }: Machine): boolean => event.dma === DmaEnd.Blocked && event.wasShared === 1

const sayLost: Clause['explain'] = ({ event }) =>
  `device ${event.device} faults at page ${event.gfn}, which has been shared since the DMA was issued`

export const noSharedFault = property({
  name: 'no-shared-fault',
  statement: 'A DMA to a page that is shared from issue to completion, as the guest was told, never faults.',
  clauses: [
    {
      rule: untrustedDmaSharedOnly,
      on: { ...elsewhere, pkvm: pkvmShareMapsIommu },
      holdsAfter: (m) => !losesShared(m) || !isKeptAwayOf(m),
      explain: sayLost,
    },
    {
      rule: untrustedDmaSharedOnly,
      on: mapsSharedElsewhere,
      holdsAfter: (m) => !losesShared(m) || isKeptAwayOf(m),
      explain: sayLost,
    },
  ],
  parts: [],
  notOn: ofConversions,
  ofEvents: true,
  ignoresAccounts: true,
  judges: { states: [], steps: views('phase') },
  witness: 'a DMA to a shared page ends while a conversion is under way',
  witnessBits: (m, s) => (m.event.dma === DmaEnd.Done && m.event.wasShared === 1 && someVcpuBusy(m, s) ? 1 : 0),
  fullWitness: 1,
})

export const hostSurvives = property(
  {
    name: 'host-survives',
    statement: 'No access, by a device or by a host CPU through an HVA, ends in a host machine check.',
    clauses: [
      {
        rule: hostCpuAccessIsMachineCheck,
        on: { 'sev-snp': snpHostWriteCrashes },
        holdsAfter: (m, s) => hostIsAlive(s) || m.event.hostAccess === 0,
        explain: (m) => `the host takes a machine check: a host CPU touches page ${m.event.gfn}, which is private`,
      },
      {
        rule: poisonConsumedIsMachineCheck,
        holdsAfter: (m, s) => hostIsAlive(s) || m.event.readPoison === 0,
        explain: (m) => `the host takes a machine check: the guest reads poison in page ${m.event.gfn}`,
      },
      {
        rule: vtdUnitWrites,
        holdsAfter: (m, s) => hostIsAlive(s) || m.event.dma !== DmaEnd.Blocked,
        explain: () => 'the host takes a machine check: a unit writes its fault message to a frame of the guest',
      },
      {
        rule: untrustedDmaSharedOnly,
        holdsAfter: (_, s) => hostIsAlive(s),
        explain: (m) => `the host takes a machine check at ${pageOf(m)}`,
      },
    ],
    parts: [],
    ofEvents: true,
    ignoresAccounts: true,
    judges: { states: [], steps: views('guestView hostDead') },
    witness: 'a device tries a page that the guest makes, or has made, private',
    witnessBits: dmaAtPrivate,
    fullWitness: 1,
  },
  { holdsAfter: (_, s) => hostIsAlive(s) },
)

const pageOf = ({ event }: Machine): string => (event.gfn < 0 ? 'a DMA beyond the guest' : `page ${event.gfn}`)
