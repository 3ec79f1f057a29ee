import { type Kind, relation } from '../../../model/actions/relation.js'
import type { Row } from '../../../model/actions/row.js'
import { errnoNames } from '../../../model/machine/errno.js'
import {
  acceptViolation,
  blockStopsNewTranslations,
  dmarAcceptLocked,
  type Rule,
  releaseBeforeBlock,
  removeWaitsForIommus,
  trackWaitsForIommus,
  trustedDmaSecureEpt,
  useNeedsAccept,
} from '../../../spec/index.js'
import type { Call, ModuleName } from '../../protocol/messages.js'
import { violation } from './predict.js'
import { blocked } from './trusted.js'

type Way = { readonly errno: string; readonly rule: Rule }

const exits = (...rules: readonly Rule[]): Way[] => rules.map((rule) => ({ errno: violation.outcome, rule }))

/** How what a vCPU does in the guest ends at the host. */
const guestExits: Readonly<Record<string, readonly Way[]>> = {
  'tdg.mem.page.accept': exits(acceptViolation),
  'private-read': exits(useNeedsAccept, blockStopsNewTranslations),
  'private-write': exits(useNeedsAccept, blockStopsNewTranslations),
  'trusted-read': [{ errno: blocked.outcome, rule: trustedDmaSecureEpt }],
  'trusted-write': [{ errno: blocked.outcome, rule: trustedDmaSecureEpt }],
}

/** Refusals of what there is not: pages to be released, devices that are not locked; and on 1.5 devices at all. */
const absent: Readonly<Record<ModuleName, readonly Rule[]>> = {
  sept: [removeWaitsForIommus, trackWaitsForIommus, releaseBeforeBlock],
  'sept-2.0': [releaseBeforeBlock, dmarAcceptLocked],
}

const isKind = (name: string): name is Kind => Object.hasOwn(relation, name)

/**
 * Every way in which a call can end other than by success, in the order of its checks.
 *
 * @param on of one interface; of both if left out
 */
export function septOutcomeRules({ call }: Pick<Call, 'call'>, on?: ModuleName): Way[] {
  const row: Row | undefined = isKind(call) ? relation[call] : undefined
  const injected = row !== undefined && 'mayFail' in row && row.mayFail !== undefined ? [row.mayFail] : []
  const failing = [...injected, ...(row?.fails ?? [])].filter(
    ({ rule }) => on === undefined || !absent[on].includes(rule),
  )
  const ways = failing.map(({ errno, rule }) => ({ errno: errnoNames[errno] ?? '?', rule }))
  return [...ways, ...(guestExits[call] ?? [])]
}
