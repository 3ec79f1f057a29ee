import type { NotModelled } from '../rule.js'
import {
  ccaCreateNeedsDelegated,
  ccaCreateNeedsNoTable,
  ccaCreateUnordered,
  ccaDataCreateNeedsUnassigned10,
  ccaDataCreateUnordered10,
  ccaDataDestroyEnds10,
  ccaDataDestroyNeedsAssigned10,
  ccaDelegatedIsWiped10,
  ccaDestroyLosesRipas,
  ccaDestroyNeedsIdle,
  ccaDestroyNeedsTable,
  ccaDestroyUnmaps,
  ccaEmptyNeedsConsent10,
  ccaFoldNeedsTable,
  ccaMarkKeepsTable,
  ccaRipasOfPart,
  ccaTableGranule,
  ccaUnprotAnyGranule,
  ccaUnprotMapNeedsUnassigned,
  ccaUnprotMapNeedsUnassigned10,
  ccaUnprotReachesHost,
  ccaUnprotUnmapEnds10,
  ccaUnprotUnmapNeedsAssigned10,
  ccaUnprotUnmappedExits,
  ccaUnprotUnmapSkips,
  ccaWalkNeedsTable,
} from './index.js'

/** What the oracle of conform asks of an RMM, and no row, design or property uses. */
export const rmmNotModelled: readonly NotModelled[] = [
  {
    rule: ccaDataCreateNeedsUnassigned10,
    why: 'an answer of RMM 1.0, by which conform judges rmm-1.0; the model has the steps of the draft 2.0',
  },
  {
    rule: ccaDataCreateUnordered10,
    why: 'an answer of RMM 1.0, by which conform judges rmm-1.0; the model has the steps of the draft 2.0',
  },
  {
    rule: ccaDelegatedIsWiped10,
    why: 'an answer of RMM 1.0, by which conform judges rmm-1.0; the model has the steps of the draft 2.0',
  },
  {
    rule: ccaDataDestroyNeedsAssigned10,
    why: 'an answer of RMM 1.0, by which conform judges rmm-1.0; the model has the steps of the draft 2.0',
  },
  {
    rule: ccaDataDestroyEnds10,
    why: 'an answer of RMM 1.0, by which conform judges rmm-1.0; the model has the steps of the draft 2.0',
  },
  {
    rule: ccaUnprotMapNeedsUnassigned10,
    why: 'an answer of RMM 1.0, by which conform judges rmm-1.0; the model has the steps of the draft 2.0',
  },
  {
    rule: ccaUnprotUnmapNeedsAssigned10,
    why: 'an answer of RMM 1.0, by which conform judges rmm-1.0; the model has the steps of the draft 2.0',
  },
  {
    rule: ccaUnprotUnmapEnds10,
    why: 'an answer of RMM 1.0, by which conform judges rmm-1.0; the model has the steps of the draft 2.0',
  },
  {
    rule: ccaEmptyNeedsConsent10,
    why: 'an answer of RMM 1.0, by which conform judges rmm-1.0; the model has the steps of the draft 2.0',
  },
  {
    rule: ccaWalkNeedsTable,
    why: 'a table that the host makes or takes by itself, as conform asks an RMM; KVM in the model does not',
  },
  {
    rule: ccaCreateNeedsDelegated,
    why: 'a table that the host makes or takes by itself, as conform asks an RMM; KVM in the model does not',
  },
  {
    rule: ccaCreateNeedsNoTable,
    why: 'a table that the host makes or takes by itself, as conform asks an RMM; KVM in the model does not',
  },
  {
    rule: ccaCreateUnordered,
    why: 'a table that the host makes or takes by itself, as conform asks an RMM; KVM in the model does not',
  },
  {
    rule: ccaDestroyNeedsTable,
    why: 'a table that the host makes or takes by itself, as conform asks an RMM; KVM in the model does not',
  },
  {
    rule: ccaDestroyNeedsIdle,
    why: 'a table that the host makes or takes by itself, as conform asks an RMM; KVM in the model does not',
  },
  {
    rule: ccaMarkKeepsTable,
    why: 'a table that the host makes or takes by itself, as conform asks an RMM; KVM in the model does not',
  },
  {
    rule: ccaDestroyLosesRipas,
    why: 'a table that the host makes or takes by itself, as conform asks an RMM; KVM in the model does not',
  },
  {
    rule: ccaDestroyUnmaps,
    why: 'a table that the host makes or takes by itself, as conform asks an RMM; KVM in the model does not',
  },
  {
    rule: ccaTableGranule,
    why: 'a table that the host makes or takes by itself, as conform asks an RMM; KVM in the model does not',
  },
  {
    rule: ccaFoldNeedsTable,
    why: 'a table that the host makes or takes by itself, as conform asks an RMM; KVM in the model does not',
  },
  {
    rule: ccaRipasOfPart,
    why: 'the RIPAS of a part of a block, as conform asks an RMM for it; KVM in the model cuts the block first',
  },
  {
    rule: ccaUnprotMapNeedsUnassigned,
    why: 'the unprotected half as conform asks an RMM for it; in the model a fault of KVM maps it in one step',
  },
  {
    rule: ccaUnprotUnmapSkips,
    why: 'the unprotected half as conform asks an RMM for it; in the model a fault of KVM maps it in one step',
  },
  {
    rule: ccaUnprotAnyGranule,
    why: 'the unprotected half as conform asks an RMM for it; in the model a fault of KVM maps it in one step',
  },
  {
    rule: ccaUnprotReachesHost,
    why: 'the unprotected half as conform asks an RMM for it; in the model a fault of KVM maps it in one step',
  },
  {
    rule: ccaUnprotUnmappedExits,
    why: 'the unprotected half as conform asks an RMM for it; in the model a fault of KVM maps it in one step',
  },
]
