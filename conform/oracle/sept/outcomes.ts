import { type Kind, relation } from '../../../model/actions/relation.js'
import type { Row } from '../../../model/actions/row.js'
import { errnoNames } from '../../../model/machine/errno.js'
import {
  acceptViolation,
  blockStopsNewTranslations,
  type Rule,
  releaseBeforeBlock,
  removeWaitsForIommus,
  trackWaitsForIommus,
  useNeedsAccept,
} from '../../../spec/index.js'
import type { Call } from '../../protocol/messages.js'
import { violation } from './predict.js'

type Way = { readonly errno: string; readonly rule: Rule }

const exits = (...rules: readonly Rule[]): Way[] => rules.map((rule) => ({ errno: violation.outcome, rule }))

/** How what a vCPU does in the guest ends at the host. */
const guestExits: Readonly<Record<string, readonly Way[]>> = {
  'tdg.mem.page.accept': exits(acceptViolation),
  'private-read': exits(useNeedsAccept, blockStopsNewTranslations),
  'private-write': exits(useNeedsAccept, blockStopsNewTranslations),
}

/** Refusals for devices that a TD trusts, and for pages that it has not released: this interface has neither. */
const ofTdxConnect: readonly Rule[] = [removeWaitsForIommus, trackWaitsForIommus, releaseBeforeBlock]

const isKind = (name: string): name is Kind => Object.hasOwn(relation, name)

/** Every way in which a call can end other than by success, in the order of its checks. */
export function septOutcomeRules({ call }: Pick<Call, 'call'>): Way[] {
  const row: Row | undefined = isKind(call) ? relation[call] : undefined
  const injected = row !== undefined && 'mayFail' in row && row.mayFail !== undefined ? [row.mayFail] : []
  const failing = [...injected, ...(row?.fails ?? [])].filter(({ rule }) => !ofTdxConnect.includes(rule))
  const ways = failing.map(({ errno, rule }) => ({ errno: errnoNames[errno] ?? '?', rule }))
  return [...ways, ...(guestExits[call] ?? [])]
}
