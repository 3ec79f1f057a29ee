/** Where a reader is in the page. All of it is in the fragment of the address, so that a link leads to the place. */
export interface ReaderPlace {
  /** How many steps are taken. */
  readonly step: number
  /** The cell that is asked about: which run, row and layer. */
  readonly cell?: CellPlace | undefined
  /** Id of the rule whose text is shown. */
  readonly rule?: string | undefined
  readonly query: string
  /** Only steps that a device can see. */
  readonly isSeenOnly: boolean
  /** Only rows that change in the run. */
  readonly isChangedOnly: boolean
}

export interface CellPlace {
  readonly run: number
  readonly row: number
  readonly layer: number
}

/** A whole number from 0 to `most`, or undefined for anything else. */
function numberIn(text: string | null | undefined, most: number): number | undefined {
  if (text === null || text === undefined || !/^\d{1,9}$/.test(text)) return undefined
  return Math.min(Number(text), most)
}

/** Where a page opens whose address has no place. */
export type Start = Pick<ReaderPlace, 'step' | 'cell'>

/** Reads a fragment; what it does not say, or says wrongly, is as at the start. */
export function readPlace(fragment: string, last: number, start: Start): ReaderPlace {
  const words = new URLSearchParams(fragment.replace(/^#/, ''))
  const [run, row, layer] = (words.get('cell') ?? '').split('.').map((text) => numberIn(text, 1e9))
  const isCell = run !== undefined && row !== undefined && layer !== undefined
  return {
    step: numberIn(words.get('step'), last) ?? start.step,
    cell: isCell ? { run, row, layer } : words.size === 0 ? start.cell : undefined,
    rule: words.get('rule') ?? undefined,
    query: words.get('find') ?? '',
    isSeenOnly: words.get('steps') === 'seen',
    isChangedOnly: words.get('pages') === 'changed',
  }
}

/** The place as the fragment of the page's address, with its `#`. */
export function writePlace({ step, cell, rule, query, isSeenOnly, isChangedOnly }: ReaderPlace): string {
  const words = new URLSearchParams({ step: String(step) })
  if (cell !== undefined) words.set('cell', `${cell.run}.${cell.row}.${cell.layer}`)
  if (rule !== undefined) words.set('rule', rule)
  if (query !== '') words.set('find', query)
  if (isSeenOnly) words.set('steps', 'seen')
  if (isChangedOnly) words.set('pages', 'changed')
  return `#${words.toString()}`
}
