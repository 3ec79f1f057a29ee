import {
  ccaDataMapNeedsDelegated,
  ccaDataMapNeedsUnassigned,
  ccaDelegateFromNs,
  ccaDestroyedNeedsConsent,
  ccaEmptyAborts,
  ccaMarkBlocks,
  ccaUndelegateFromDelegated,
  ccaUnmapMayStop,
  ccaUnmappedExits,
  ccaUserAccessSignalled,
  type Rule,
} from '../../../spec/index.js'
import type { Call, RmmCall } from '../../protocol/messages.js'

type Way = { readonly errno: string; readonly rule: Rule }

const input = (rule: Rule): Way => ({ errno: 'RMI_ERROR_INPUT', rule })
const rtt = (rule: Rule): Way => ({ errno: 'RMI_ERROR_RTT', rule })
const inRealm: readonly Way[] = [
  { errno: 'REALM_ABORT', rule: ccaEmptyAborts },
  { errno: 'DATA_ABORT', rule: ccaUnmappedExits },
]
const byHost: readonly Way[] = [{ errno: 'GRANULE_PROTECTION_FAULT', rule: ccaUserAccessSignalled }]
const stops: Way = { errno: 'RMI_INCOMPLETE', rule: ccaUnmapMayStop }

const ways: Readonly<Record<RmmCall['call'], readonly Way[]>> = {
  'rmi.granule.delegate': [input(ccaDelegateFromNs)],
  'rmi.granule.undelegate': [input(ccaUndelegateFromDelegated)],
  'rmi.rtt.data-map': [
    rtt(ccaDataMapNeedsUnassigned),
    { errno: 'RMI_BUSY', rule: ccaMarkBlocks },
    input(ccaDataMapNeedsDelegated),
  ],
  'rmi.rtt.data-unmap': [stops],
  'rmi.op.continue': [input(ccaUnmapMayStop), stops],
  'rmi.rtt.set-ripas': [rtt(ccaMarkBlocks), rtt(ccaDestroyedNeedsConsent)],
  'rmi.rtt.read-entry': [],
  'realm-write': inRealm,
  'realm-read': inRealm,
  'granule-write': byHost,
  'granule-read': byHost,
}

/** Every way in which a call can end other than by success, in the order of its checks. */
export const rmmOutcomeRules = ({ call }: Pick<Call, 'call'>): Way[] =>
  Object.hasOwn(ways, call) ? [...ways[call as RmmCall['call']]] : []

/** The outcome that a rule gives to a call. */
export const outcomeBy = (call: RmmCall['call'], rule: Rule): string =>
  ways[call].find((way) => way.rule === rule)?.errno ?? '?'
