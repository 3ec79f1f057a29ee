/** One breach of a rule of this repository. `line` counts from 1. */
export interface Finding {
  readonly path: string
  readonly line: number
  readonly message: string
}

/** As compilers print it, so that editors and terminals make it a link. */
export const show = ({ path, line, message }: Finding): string => `${path}:${line}: ${message}`

export const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length
