import type { PageData } from '../data.js'
import type { Place } from './place.ts'

/** What all parts of the page read, and how they move it. */
export interface View {
  readonly data: PageData
  readonly place: Place
  readonly go: (change: Partial<Place>) => void
  /** Numbers of the steps that the search finds, in any run. */
  readonly found: ReadonlySet<number>
  readonly difference: number | undefined
}
