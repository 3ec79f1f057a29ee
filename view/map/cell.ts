/** What a layer says of a page. */
export interface MapCell {
  readonly text: string
  /** A cached entry differs from what the tables say now. */
  readonly isStale: boolean
  /** The cell leads a device to a frame that is not the host's or does not back the page, or the guest to another's. */
  readonly isWrong: boolean
  /** The frames that it leads to. */
  readonly frames?: readonly number[]
}

/** One entry among those of a cell. */
export interface CellPart {
  readonly text: string
  readonly isStale?: boolean
  readonly isWrong?: boolean
  readonly frame?: number
}

/** A cell with a text that is neither stale nor wrong. */
export const plain = (text: string): MapCell => ({ text, isStale: false, isWrong: false })

/** A cell of several entries; `–` if there are none. */
export function join(parts: readonly CellPart[]): MapCell {
  return {
    text: parts.map(({ text }) => text).join(', ') || '–',
    isStale: parts.some(({ isStale }) => isStale),
    isWrong: parts.some(({ isWrong }) => isWrong),
    frames: parts.flatMap(({ frame }) => frame ?? []),
  }
}
