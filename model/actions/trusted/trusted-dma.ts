import {
  ccaVdevByRtt,
  coveIoByGStage,
  coveIoOwnIommu,
  privateHalfByModule,
  type Rule,
  sharedRootByHost,
  snpConvertedDmaFails,
  snpPrivateFramesInTable,
  snpSecureEntry,
  snpTableMatchesRmp,
  snpTrustedDeviceByHostTable,
  tdispTrustedDmaInRun,
  trustedDmaSecureEpt,
  untrustedDmaContained,
  untrustedDmaHostFatal,
  vtdIotlbEvict,
  vtdIotlbFill,
  vtdIotlbHit,
  vtdNotPresent,
} from '../../../spec/index.js'
import { hostIsAlive, someDma, someSet } from '../../machine/any-active.js'
import { FaultReason } from '../../machine/effects.js'
import type { Machine } from '../../machine/machine.js'
import { Attr, Dma, Owner, type State, Tag, Tdisp } from '../../machine/state.js'
import type { DeviceId } from '../../machine/units.js'
import { accessFrame, block, done, unitOf } from '../../memory/dma-outcome.js'
import { dropSlot, fill, findKey } from '../../memory/tlb.js'
import { vcpuKey } from '../../memory/tlb-tracking.js'
import { views } from '../accessed.js'
import { trusted, trustedByHost, trustedByModule, trustedByRtt, trustedByTsm } from '../needs.js'
import { access, device, gfn, keptByWalk, slot, to } from '../parameters.js'
import { type CodeOf, places } from '../places.js'
import { chooseFirst, environmentRow, type Needs } from '../row.js'
import { isTrusted, isUsable, passesRmp, walkedFrame } from './trusted-paths.js'

const arg = places('device', 'gfn', 'access', 'to')
const keepArg = places('device', 'keep')
const slotArg = places('slot')

/** Beside TDX Connect, shared memory is for devices that the guest does not trust. */
const hasSides = (m: Machine): boolean => m.parts.content && m.platform.architecture === 'tdx-connect'
const sides = (m: Machine): number => (hasSides(m) ? 2 : 1)
const waits = (m: Machine, s: State, device: DeviceId): boolean =>
  isTrusted(m, device) && s.dma[device] === Dma.TrustedIssued

const keyOf = (s: State, device: DeviceId): number => vcpuKey(s.dmaGfn[device], s.dmaPrivate[device] === 1)

function cachedSlot(m: Machine, s: State, device: DeviceId): number {
  const slots = m.scope.iotlbEntries
  return findKey(s.trustedKey, unitOf(m, device) * slots, slots, keyOf(s, device))
}

function end(s: State, device: DeviceId): void {
  s.dmaPrivate[device] = 0
  s.trustedDrain[device] = 0
}

function blockTrusted(m: Machine, s: State, device: DeviceId, reason: number): void {
  block(m, s, device, reason)
  end(s, device)
}

function translate(m: Machine, s: State, device: DeviceId, frame: number): void {
  s.dma[device] = Dma.TrustedTranslated
  s.dmaFrame[device] = frame + 1
  m.touched.page(s.dmaGfn[device])
}

/** By a private address the access is the guest's own; by a shared one it is like any device's. */
function arrive(m: Machine, s: State, device: DeviceId): boolean {
  const frame = s.dmaFrame[device] - 1
  const write = s.dmaWrite[device] === 1
  if (s.dmaPrivate[device] === 0) return accessFrame(m, s, frame, write)
  if (!passesRmp(m, s, s.dmaGfn[device], frame)) return false
  if (write && s.tag.length > 0) s.tag[frame] = s.owner[frame] === Owner.Td ? Tag.Guest : Tag.Device
  return true
}

/** A device that is what its evidence says issues no DMA unless its interface runs. One that is not verified may. */
const mayIssue = (s: State, device: DeviceId): boolean =>
  s.tdisp.length === 0 || s.attested[device] === 0 || s.tdisp[device] === Tdisp.Run

/** What a unit does at a DMA of a trusted device: it walks the table for such devices, and may keep the result. */
const walkRow = (says: string, rules: readonly [Rule, ...Rule[]], needs: Needs) =>
  environmentRow({
    says,
    actor: 'iommu',
    params: [device, keptByWalk],
    fairness: { owedBy: 'device', insteadOf: undefined, inLitmus: 'by itself' },
    weight: 200,
    plan: 'none',
    outcome: 'errno',
    page: undefined,
    rules,
    reads: views('transfer readAtBlock trustedTlb dmar privateFrame sept sharedEpt sharedFrame sharedRoot trustedPte'),
    writes: views('transfer trustedTlb trustedDrain writtenAtBlock'),
    needs,
    candidates: (m, s) => (someDma(m, s, Dma.TrustedIssued) ? m.trusted * 2 : 0),
    choose: (m, index, a) => {
      a[arg.device] = index % m.trusted
      a[keepArg.keep] = Math.floor(index / m.trusted)
    },
    possible: (m, s, a) =>
      waits(m, s, a[arg.device]) && (a[keepArg.keep] === 0 || (a[keepArg.keep] === 1 && mayKeep(m, s, a))),
    apply: walk,
  })

function walk(m: Machine, s: State, a: CodeOf<['device', 'keep']>): void {
  const device = a[arg.device]
  const frame = walkedFrame(m, s, s.dmaGfn[device], s.dmaPrivate[device] === 1)
  if (!isUsable(s, device)) blockTrusted(m, s, device, FaultReason.NoContext)
  else if (frame < 0) blockTrusted(m, s, device, FaultReason.NotPresent)
  else {
    const slots = m.scope.iotlbEntries
    if (a[keepArg.keep] === 1)
      fill(s.trustedKey, s.trustedFrame, unitOf(m, device) * slots, slots, keyOf(s, device), frame + 1)
    translate(m, s, device, frame)
  }
}

/** The DMA of devices that the guest trusts. */
export const trustedDmaRows = {
  'tdi.issue-dma': environmentRow({
    says: 'A device that the guest trusts issues a read or a write, by the private or the shared address of a page.',
    actor: 'device',
    params: [device, gfn, access, to],
    fairness: 'chosen',
    weight: 160,
    plan: 'none',
    outcome: 'dma',
    page: 'gfn',
    rules: [trustedDmaSecureEpt, snpSecureEntry, ccaVdevByRtt, coveIoByGStage, tdispTrustedDmaInRun],
    reads: views('attested closed dma hostDead tdDead tdisp'),
    writes: views('transfer'),
    needs: trusted,
    candidates: (m, s) => (someDma(m, s, Dma.Idle) ? m.trusted * (m.tellsReads ? 2 : 1) * sides(m) * m.pages : 0),
    choose: (m, index, a) => {
      a[arg.device] = index % m.trusted
      let rest = Math.floor(index / m.trusted)
      a[arg.access] = m.tellsReads ? rest & 1 : 1
      rest = m.tellsReads ? rest >>> 1 : rest
      a[arg.to] = hasSides(m) ? rest & 1 : Attr.Private
      a[arg.gfn] = hasSides(m) ? rest >>> 1 : rest
    },
    possible: (m, s, a) =>
      isTrusted(m, a[arg.device]) &&
      s.dma[a[arg.device]] === Dma.Idle &&
      hostIsAlive(s) &&
      s.tdDead[0] === 0 &&
      s.closed[0] === 0 &&
      (a[arg.access] === 1 || m.tellsReads) &&
      (a[arg.to] === Attr.Private || hasSides(m)) &&
      mayIssue(s, a[arg.device]),
    apply: (_, s, a) => {
      s.dma[a[arg.device]] = Dma.TrustedIssued
      s.dmaGfn[a[arg.device]] = a[arg.gfn]
      s.dmaWrite[a[arg.device]] = a[arg.access]
      s.dmaPrivate[a[arg.device]] = a[arg.to] === Attr.Private ? 1 : 0
    },
  }),
  'tdi.walk-secure-ept': walkRow(
    'The unit translates the DMA of a trusted device by a walk of the secure EPT, and may keep the result.',
    [trustedDmaSecureEpt, privateHalfByModule, sharedRootByHost, vtdNotPresent, vtdIotlbFill],
    trustedByModule,
  ),
  'tdi.use-cached': environmentRow({
    says: 'The unit translates the DMA of a trusted device by what it has cached, whatever memory holds by now.',
    actor: 'iommu',
    params: [device],
    fairness: { owedBy: 'device', insteadOf: 'tdi.walk-secure-ept', inLitmus: 'by itself' },
    weight: 160,
    plan: 'none',
    outcome: 'errno',
    page: undefined,
    rules: [vtdIotlbHit],
    reads: views('transfer dmar trustedKey trustedFrame'),
    writes: views('dma dmaFrame'),
    needs: trusted,
    candidates: (m, s) => (someDma(m, s, Dma.TrustedIssued) ? m.trusted : 0),
    choose: chooseFirst,
    possible: (m, s, a) =>
      waits(m, s, a[arg.device]) && isUsable(s, a[arg.device]) && cachedSlot(m, s, a[arg.device]) >= 0,
    apply: (m, s, a) => {
      m.event.cached = 1
      translate(m, s, a[arg.device], s.trustedFrame[cachedSlot(m, s, a[arg.device])] - 1)
    },
  }),
  'tdi.forget-cached': environmentRow({
    says: 'Hardware forgets one translation that it has cached for trusted devices.',
    actor: 'iommu',
    params: [slot],
    fairness: 'free',
    weight: 20,
    plan: 'none',
    outcome: 'errno',
    page: undefined,
    rules: [vtdIotlbEvict],
    reads: views('trustedTlb'),
    writes: views('trustedTlb'),
    needs: trusted,
    candidates: (_, s) => (someSet(s.trustedKey) ? s.trustedKey.length : 0),
    choose: chooseFirst,
    possible: (_, s, a) => s.trustedKey.length > 0 && s.trustedKey[a[slotArg.slot]] !== 0,
    apply: (m, s, a) => dropSlot(s.trustedKey, s.trustedFrame, m.scope.iotlbEntries, a[slotArg.slot]),
  }),
  'tdi.finish-dma': environmentRow({
    says: 'The data of a trusted device arrives at its frame, or comes from there.',
    actor: 'device',
    params: [device],
    fairness: { owedBy: 'device', insteadOf: undefined, inLitmus: 'by itself' },
    weight: 120,
    plan: 'none',
    outcome: 'arrival',
    page: undefined,
    rules: [
      trustedDmaSecureEpt,
      untrustedDmaHostFatal,
      untrustedDmaContained,
      snpTableMatchesRmp,
      snpConvertedDmaFails,
    ],
    reads: views('transfer privateFrame readAtBlock'),
    writes: views('transfer trustedDrain writtenAtBlock'),
    needs: trusted,
    candidates: (m, s) => (someDma(m, s, Dma.TrustedTranslated) ? m.trusted : 0),
    choose: chooseFirst,
    possible: (m, s, a) => isTrusted(m, a[arg.device]) && s.dma[a[arg.device]] === Dma.TrustedTranslated,
    apply: (m, s, a) => {
      if (!arrive(m, s, a[arg.device])) return blockTrusted(m, s, a[arg.device], m.blockedReason)
      done(m, s, a[arg.device])
      end(s, a[arg.device])
    },
  }),
}

/** The same walk where another table translates for trusted devices. */
export const otherWalkRows = {
  'tdi.walk-host-table': walkRow(
    'The unit translates the DMA of a trusted device by a walk of the table of the host, and may keep the result.',
    [snpSecureEntry, snpTrustedDeviceByHostTable, snpPrivateFramesInTable, vtdNotPresent, vtdIotlbFill],
    trustedByHost,
  ),
  'tdi.walk-rtt': walkRow(
    'The SMMU translates the DMA of a trusted device by a walk of the RTT, and may keep the result.',
    [ccaVdevByRtt, vtdNotPresent, vtdIotlbFill],
    trustedByRtt,
  ),
  'tdi.walk-g-stage': walkRow(
    'An IOMMU of the TSM translates the DMA of a trusted device by the G-stage table, and may keep the result.',
    [coveIoByGStage, coveIoOwnIommu, vtdNotPresent, vtdIotlbFill],
    trustedByTsm,
  ),
}

const mayKeep = (m: Machine, s: State, a: CodeOf<['device']>): boolean =>
  isUsable(s, a[arg.device]) && walkedFrame(m, s, s.dmaGfn[a[arg.device]], s.dmaPrivate[a[arg.device]] === 1) >= 0
