import type { TargetFailure } from '../../conform/protocol/target.js'
import type { Reproduces } from '../../conform/runner/confirm.js'
import type { Cost } from '../../cost/measure.js'
import type { StepEffects } from '../../search/step-effects.js'
import { effectWordSays } from '../columns/narrate.js'
import type { RunOutcome } from '../text/design-run.js'

type Dma = NonNullable<StepEffects['dma']>

/** What traces, and the reports of `run`, `conform` and `cost`, call what came of something. */
const resultSays: Readonly<
  Record<
    | Dma['end']
    | Extract<Dma, { end: 'blocked' }>['record']
    | NonNullable<StepEffects['conversion']>
    | Exclude<RunOutcome, 'held' | 'violated'>
    | Reproduces
    | TargetFailure['kind']
    | NonNullable<Cost['stopped']>,
    string
  >
> = {
  translated: 'A DMA got its translation.',
  done: 'A DMA came to its end, or a conversion is done.',
  blocked: 'The IOMMU blocked a DMA.',
  written: 'The IOMMU recorded the fault of a DMA that it blocked.',
  none: 'The IOMMU counted the fault of a DMA that it blocked as lost.',
  suppressed: 'A rule suppresses the record of the fault of a DMA that the IOMMU blocked.',
  refused: 'A conversion was refused: the guest is told an error.',
  retry: 'A conversion has to be asked again: the guest is told RETRY.',
  stopped: 'A conversion that failed has the VM stopped.',
  differs: 'Of a run on a kernel: it and the model do not agree.',
  untested: 'Of a run on a kernel: too little happened, or DMA was lost without any conversion.',
  'in isolation': 'A fresh process shows the divergence by this sequence alone.',
  'order-dependent': 'Only a process that was asked other sequences before shows the divergence.',
  unknown: 'No fresh process was asked whether it shows the divergence.',
  died: 'The process of the target ended before it had replied.',
  silent: 'The target did not reply in time.',
  unreadable: 'The target wrote a line that is no reply of the protocol.',
  'out-of-order': 'The target replied to another request than the one that was next.',
  unasked: 'The target wrote a line when nothing was asked.',
  retries: 'Of a cost: the run ended early, since a conversion was told to retry again and again.',
  vm: 'Of a cost: the run ended early, since the VM was stopped.',
}

/** Every word for what came of something, as sentences. */
export const results: readonly (readonly [name: string, sentence: string])[] = [
  ...Object.entries(resultSays),
  ...Object.entries(effectWordSays),
]
