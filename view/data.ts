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
  /** What the model says where it takes the run again, or why it does not; absent if the run is not of the model. */
  readonly replay?: ShownReplay | string | undefined
}

/** What the model says of a run beside what was recorded. */
export interface ShownReplay {
  /** The plans of which the run takes steps, a line an entry; the calls in them are carried out in their place. */
  readonly plan: readonly ShownPlanLine[]
  /** Where the vCPUs stand before the first step, as in `next` of a step. */
  readonly start: readonly (number | null)[]
  readonly steps: readonly ShownReplayStep[]
  /** What is possible beside a step, by number. */
  readonly actions: readonly string[]
  readonly properties: readonly ShownProperty[]
  /** By device: the pages from which it comes to a frame, in order of steps; absent for a guest of many pages. */
  readonly reach?: readonly (readonly ShownReach[])[] | undefined
}

/** From how many steps on a device reaches frames from just these pages. */
export type ShownReach = readonly [step: number, pages: readonly number[]]

/** Depth 0 is the heading of a plan, or of what it does after an error. */
export type ShownPlanLine = readonly [depth: number, text: string]

export interface ShownReplayStep {
  /** Index in `plan` of the line that it carries out; absent if it belongs to no plan. */
  readonly line?: number | undefined
  /** By vCPU: the line that its plan comes to next, or null if it runs none. */
  readonly next: readonly (number | null)[]
  /** Numbers of the other actions that were possible in its place. */
  readonly possible: readonly number[]
}

export interface ShownProperty {
  readonly name: string
  readonly statement: string
  /** Ids of the rules of its clauses. */
  readonly clauses: readonly string[]
  /** What a run must have seen, or it says nothing of the property. */
  readonly witness: string
  /** How many steps were taken when all of it was seen; absent if it never is. */
  readonly seenAt?: number | undefined
  /** Why nothing violates it on this machine. */
  readonly notApplicable?: string | undefined
  /** In order; before the first one the property holds. */
  readonly history: readonly ShownJudgement[]
}

/** What is so of a property from a step on: it holds, if there is no `why`. */
export interface ShownJudgement {
  /** How many steps are taken. */
  readonly number: number
  readonly why?: string | undefined
  /** Id of the rule of the clause that fails. */
  readonly rule?: string | undefined
  readonly page?: number | undefined
}

export interface ShownStep {
  /** Index in `actors`. */
  readonly actor: number
  readonly kind: string
  readonly text: string
  readonly outcome: string
  /** Id of the rule behind the outcome. */
  readonly rule?: string | undefined
  /** What the step did, a sentence each. */
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
