/** Where something stands in the text of a file: from `at`, up to `end`. */
export interface FilePlace {
  readonly at: number
  readonly end: number
}

/** A word of a file, where it stands. */
export interface Word extends FilePlace {
  readonly text: string
}

/** `platform linux-7.2 drain=none` */
export interface SettingLine {
  readonly name: Word
  readonly words: readonly Word[]
}

/** `iovfn=0..1`, `2..3` or `private`; a value that is no range has no `last`. */
export interface Argument extends FilePlace {
  readonly name: Word | undefined
  readonly value: Word
  readonly last: Word | undefined
}

/** `r0 = unmap 0..1`: what a thread does next, and the register that takes what came of it. */
export interface StepText extends FilePlace {
  readonly register: Word | undefined
  readonly verb: Word
  readonly args: readonly Argument[]
}

/** `0..1 private`, before the host's boot; or `P0: map 0..1`, after it. */
export type InitItem =
  | (FilePlace & { readonly kind: 'pages'; readonly first: number; readonly last: number; readonly side: Word })
  | (FilePlace & { readonly kind: 'step'; readonly actor: Word; readonly step: StepText })

/** `P0:r0`, `attr[1]`, `host` */
export interface LocationText extends FilePlace {
  readonly actor: Word | undefined
  readonly name: Word
  readonly index: Word | undefined
}

export type Proposition =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Proposition[] }
  | { readonly kind: 'not'; readonly part: Proposition }
  | { readonly kind: 'true' }
  | { readonly kind: 'is'; readonly location: LocationText; readonly equal: boolean; readonly value: Word }

export type Quantifier = 'exists' | 'forall' | '~exists'

export interface ThreadRow extends FilePlace {
  readonly cells: readonly (FilePlace & { readonly step: StepText | undefined })[]
}

/** A litmus test as it is written. */
export interface LitmusSource {
  readonly name: string
  readonly settings: readonly SettingLine[]
  readonly init: readonly InitItem[]
  readonly threads: readonly Word[]
  readonly rows: readonly ThreadRow[]
  readonly locations: readonly LocationText[]
  readonly quantifier: Quantifier
  readonly proposition: Proposition
  /** The condition as it is written, without its comments. */
  readonly condition: string
  /** The comments: their text is without the brackets, their place with them. */
  readonly comments: readonly Word[]
}
