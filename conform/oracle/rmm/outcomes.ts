import {
  ccaCreateNeedsDelegated,
  ccaCreateNeedsNoTable,
  ccaDataCreateNeedsUnassigned10,
  ccaDataDestroyNeedsAssigned10,
  ccaDataMapNeedsDelegated,
  ccaDataMapNeedsUnassigned,
  ccaDelegateFromNs,
  ccaDestroyedNeedsConsent,
  ccaDestroyNeedsIdle,
  ccaDestroyNeedsTable,
  ccaEmptyAborts,
  ccaEmptyNeedsConsent10,
  ccaFoldNeedsSame,
  ccaFoldNeedsTable,
  ccaMarkBlocks,
  ccaMarkKeepsTable,
  ccaRipasOfPart,
  ccaUndelegateFromDelegated,
  ccaUnmapMayStop,
  ccaUnmappedExits,
  ccaUnprotAnyGranule,
  ccaUnprotMapNeedsUnassigned,
  ccaUnprotMapNeedsUnassigned10,
  ccaUnprotUnmapNeedsAssigned10,
  ccaUnprotUnmappedExits,
  ccaUserAccessSignalled,
  ccaWalkNeedsTable,
  type Rule,
} from '../../../spec/index.js'
import { type Call, isRmmInterface, type RmmCall, type RmmName } from '../../protocol/messages.js'

/** A way to end; of one version alone, if it says which. */
type Way = { readonly errno: string; readonly rule: Rule; readonly only?: RmmName }

const input = (rule: Rule): Way => ({ errno: 'RMI_ERROR_INPUT', rule })
const rtt = (rule: Rule, only?: RmmName): Way => ({ errno: 'RMI_ERROR_RTT', rule, ...(only && { only }) })
const noGranule = 'GRANULE_PROTECTION_FAULT'
const inRealm: readonly Way[] = [
  { errno: 'REALM_ABORT', rule: ccaEmptyAborts },
  { errno: 'DATA_ABORT', rule: ccaUnmappedExits },
  { errno: 'DATA_ABORT', rule: ccaUnprotUnmappedExits },
  { errno: noGranule, rule: ccaUnprotAnyGranule },
]
const byHost: readonly Way[] = [{ errno: noGranule, rule: ccaUserAccessSignalled }]
const stops: Way = { errno: 'RMI_INCOMPLETE', rule: ccaUnmapMayStop, only: 'rmm' }

const ways: Readonly<Record<RmmCall['call'], readonly Way[]>> = {
  'rmi.granule.delegate': [input(ccaDelegateFromNs)],
  'rmi.granule.undelegate': [input(ccaUndelegateFromDelegated)],
  'rmi.rtt.data-map': [
    rtt(ccaWalkNeedsTable),
    rtt(ccaDataMapNeedsUnassigned, 'rmm'),
    rtt(ccaDataCreateNeedsUnassigned10, 'rmm-1.0'),
    { errno: 'RMI_BUSY', rule: ccaMarkBlocks, only: 'rmm' },
    input(ccaDataMapNeedsDelegated),
  ],
  'rmi.rtt.data-unmap': [rtt(ccaWalkNeedsTable), rtt(ccaDataDestroyNeedsAssigned10, 'rmm-1.0'), stops],
  'rmi.op.continue': [input(ccaUnmapMayStop), stops],
  'rmi.rtt.unprot-map': [
    rtt(ccaWalkNeedsTable),
    rtt(ccaUnprotMapNeedsUnassigned, 'rmm'),
    rtt(ccaUnprotMapNeedsUnassigned10, 'rmm-1.0'),
  ],
  'rmi.rtt.unprot-unmap': [rtt(ccaWalkNeedsTable), rtt(ccaUnprotUnmapNeedsAssigned10, 'rmm-1.0'), stops],
  'rmi.rtt.create': [input(ccaCreateNeedsDelegated), rtt(ccaCreateNeedsNoTable)],
  'rmi.rtt.destroy': [rtt(ccaDestroyNeedsTable), rtt(ccaDestroyNeedsIdle), rtt(ccaMarkKeepsTable, 'rmm')],
  'rmi.rtt.fold': [rtt(ccaFoldNeedsTable), rtt(ccaFoldNeedsSame), rtt(ccaMarkKeepsTable, 'rmm')],
  'rmi.rtt.set-ripas': [
    rtt(ccaRipasOfPart),
    rtt(ccaMarkBlocks, 'rmm'),
    rtt(ccaDestroyedNeedsConsent),
    rtt(ccaEmptyNeedsConsent10, 'rmm-1.0'),
  ],
  'rmi.rtt.read-entry': [],
  'realm-write': inRealm,
  'realm-read': inRealm,
  'granule-write': byHost,
  'granule-read': byHost,
}

/**
 * Every way in which a call can end other than by success, in the order of its checks.
 *
 * @param on of one version; of both if left out
 */
export function rmmOutcomeRules({ call }: Pick<Call, 'call'>, on?: RmmName): Way[] {
  if (!Object.hasOwn(ways, call)) return []
  return ways[call as RmmCall['call']].filter(({ only }) => on === undefined || only === undefined || only === on)
}

/** The outcome that a rule gives to a call. */
export const outcomeBy = (call: RmmCall['call'], rule: Rule): string =>
  ways[call].find((way) => way.rule === rule)?.errno ?? '?'

/** The version whose RMM answers a candidate. @throws Error on an interface without an RMM */
export function versionOf({ on }: { readonly on: string }): RmmName {
  if (!isRmmInterface(on)) throw new Error(`${on} has no RMM`)
  return on
}
