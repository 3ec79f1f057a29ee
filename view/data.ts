import type { Entry } from './map/fold.js'

/** What the page shows: plain data, which is all that it has. Names come from files and are shown as they are. */
export interface PageData {
  readonly runs: readonly ShownRun[]
  /** By kind of action: what it does, and the ids of the rules behind it. */
  readonly kinds: readonly (readonly [kind: string, about: ShownKind])[]
  readonly rules: readonly (readonly [id: string, rule: ShownRule])[]
}

export interface ShownKind {
  readonly says: string
  readonly rules: readonly string[]
}

export interface ShownRule {
  readonly statement: string
  readonly force: string
  /** Name and revision of the source, and the place in it. */
  readonly source: string
  readonly at: string
}

/** One run of the page. */
export interface ShownRun {
  /** The file, as the user named it, or which side of a divergence. */
  readonly name: string
  /** The machine, or the implementation, in words. */
  readonly about: string
  readonly property: string
  readonly why: string
  /** What is so where the run ends. */
  readonly end: string
  /** What is so before its first step. */
  readonly start: string
  /** Id of the rule that is broken. */
  readonly broken?: string | undefined
  /** The page at which. */
  readonly page?: number | undefined
  /** The layers by which, if it is of a path to a frame. */
  readonly through: readonly string[]
  /** Columns of the timeline. */
  readonly actors: readonly string[]
  readonly steps: readonly ShownStep[]
  /** How many of the steps are the run; the rest is its fair continuation. */
  readonly taken: number
  /** How many steps are taken where the loop of a lasso begins. */
  readonly loop?: number | undefined
  /** Absent if no state was recorded. */
  readonly map?: ShownMap | undefined
}

export interface ShownStep {
  /** Index in `actors`. */
  readonly actor: number
  readonly kind: string
  readonly text: string
  readonly outcome: string
  /** Id of the rule behind the outcome. */
  readonly rule?: string | undefined
  /** What it did, a sentence each. */
  readonly facts: readonly string[]
  /** Whether a device, or the IOMMU, can see that it happened. */
  readonly isSeen: boolean
  /** Changes of the state that the map does not show. */
  readonly others: readonly ShownChange[]
  /** Replies that the model would have allowed. */
  readonly allowed?: readonly ShownReply[] | undefined
}

/** Entries of a view from `first` to `last`, of which the first changed so. */
export type ShownChange = readonly [view: string, first: number, last: number, before: number, after: number]

export interface ShownReply {
  readonly platform: string
  readonly reply: string
  readonly why: string
  readonly rules: readonly string[]
}

export interface ShownMap {
  readonly layers: readonly { readonly key: string; readonly title: string; readonly says: string }[]
  readonly rows: readonly { readonly first: number; readonly count: number }[]
  /** By row and layer. */
  readonly histories: readonly (readonly (readonly Entry[])[])[]
}
