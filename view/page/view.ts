import type { PageData } from '../data.js'
import type { ReaderPlace } from './place.ts'

/** What all parts of the page read, and how they move it. */
export interface PageView {
  readonly data: PageData
  readonly place: ReaderPlace
  readonly go: (change: Partial<ReaderPlace>) => void
  /** Numbers of the steps that the search finds, in any run. */
  readonly found: ReadonlySet<number>
  readonly difference: number | undefined
}
