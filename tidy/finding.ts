/** One breach of a house rule. `line` counts from 1. */
export interface Finding {
  readonly path: string
  readonly line: number
  readonly says: string
}

/** As compilers print it, so that editors and terminals make it a link. */
export const show = ({ path, line, says }: Finding): string => `${path}:${line}: ${says}`

export const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length
