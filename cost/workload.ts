/** The guest asks for a range of pages to become shared or private. */
export interface ConvertStep {
  readonly op: 'convert'
  readonly gfn: number
  readonly count: number
  readonly to: 'shared' | 'private'
}

/** A device reads or writes each page of a range, one after the other. */
export interface DmaStep {
  readonly op: 'dma'
  readonly gfn: number
  readonly count: number
  readonly access: 'read' | 'write'
  /** The range is a buffer of the guest's bounce pool: the guest copies each page from it, or to it. */
  readonly bounced?: boolean | undefined
}

export type WorkloadStep = ConvertStep | DmaStep

/** What each step of a workload is. */
export const workloadStepSays: Readonly<Record<WorkloadStep['op'], string>> = {
  convert: 'The guest asks for a range of pages to become shared or private.',
  dma: 'A device reads or writes each page of a range, one after the other.',
}

/**
 * What a guest and its devices do, in order: one conversion runs to its end before the next step.
 *
 * @example
 * const steps: WorkloadStep[] = [{ op: 'convert', gfn: 0, count: 512, to: 'shared' }]
 * const mine: Workload = { name: 'mine', says: 'Shares 2 MiB.', source: 'own', pages: 1 << 20, steps: () => steps }
 */
export interface Workload {
  readonly name: string
  /** What the workload does, in a sentence. */
  readonly says: string
  /** Where its sizes are from. */
  readonly source: string
  /** Pages of its guest, unless the caller says otherwise. */
  readonly pages: number
  /** Its guest shares nothing more once it was refused: a driver whose memory cannot be had does not start. */
  readonly givesUp?: boolean
  readonly steps: () => Iterable<WorkloadStep>
}
