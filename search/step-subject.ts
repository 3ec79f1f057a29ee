import { kindOf, relation } from '../model/actions/relation.js'
import type { ViewName } from './recorded-state.js'
import type { RecordedStep, StepEffects } from './step-effects.js'

/** Views by which a device, or the IOMMU, can tell that something happened. */
const deviceViews: ReadonlySet<string> = new Set<ViewName>([
  ...(['sharedFrame', 'owner', 'pde', 'pte', 'visiblePde', 'visiblePte', 'table', 'iotlbKey', 'iotlbLeaf'] as const),
  ...(['devtlbKey', 'devtlbLeaf', 'walkCache', 'ats', 'dma', 'dmaGfn', 'dmaFrame', 'dmaDomain', 'attached'] as const),
  ...(['cachedTables', 'contextPresent', 'contextId', 'contextTables', 'plugged', 'faults', 'overflow'] as const),
  ...(['faultRecord', 'queueKind', 'queuePhase', 'statusWord', 'messageFrame', 'hostDead'] as const),
])

/** Whether a device, or the IOMMU, can tell that the step was taken. */
export const isSeenByDevice = ({ dma, changed }: StepEffects): boolean =>
  dma !== undefined || Object.keys(changed).some((view) => deviceViews.has(view))

/** The locks of the host, and what it counts to keep within a limit. */
export const lockViews = ['lock'] as const satisfies readonly ViewName[]
export const accountViews = [
  ...(['entriesUsed', 'mappings', 'lockedPages', 'lockedElsewhere', 'lockedBy', 'payer', 'pinnedPages'] as const),
  'slotsUsed',
] as const satisfies readonly ViewName[]

/** How far a plan is: every step of a plan changes it. */
const planViews = ['pc'] as const satisfies readonly ViewName[]

const locksAlone: ReadonlySet<string> = new Set<ViewName>([...lockViews, ...planViews])
const accountsAlone: ReadonlySet<string> = new Set<ViewName>([...accountViews, ...planViews])

/** Whether all that is cited for an action is about accounting, such as the check of a limit. */
function isOfAccounts(name: string): boolean {
  const kind = kindOf(name)
  return kind !== undefined && relation[kind].rules.every(({ id }) => /\.accounting\//.test(id))
}

/**
 * What a step is about, if it is about locks or accounts alone: it succeeds, and changes nothing else but how far its
 * plan is. Undefined also of a step whose effects are not known.
 */
export function bookkeepingOf({ action, outcome, effects }: RecordedStep): 'lock' | 'account' | undefined {
  if (outcome !== 'ok' || effects === undefined) return undefined
  const { changed, ...facts } = effects
  const views = Object.keys(changed)
  if (Object.keys(facts).length > 0) return undefined
  if (views.includes('lock')) return views.every((view) => locksAlone.has(view)) ? 'lock' : undefined
  return isOfAccounts(action.kind) && views.every((view) => accountsAlone.has(view)) ? 'account' : undefined
}
