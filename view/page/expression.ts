import type { ShownRun } from '../data.js'
import { entryAt } from '../map/history.js'

/** Whether an expression is so of a run after a step. */
export type Test = (run: ShownRun, step: number) => boolean

/** An expression, what is wrong with it, or nothing for a query that is plain text. */
export type Parsed = { readonly test: Test } | { readonly problem: string } | undefined

const words = ['private', 'shared', 'stale', 'wrong', 'mapped', 'pinned', 'reachable'] as const
type Word = (typeof words)[number]

const isExpression = new RegExp(`^(page\\s+\\d+\\s+\\S|(${words.join('|')})\\b|not\\b|\\()`)

/**
 * Reads `page 3 reachable by device 0 and not (page 3 private or stale)`. A word without a page is so if it is so of
 * some page; text in quotes is never an expression.
 */
export function parseExpression(query: string): Parsed {
  const text = query.trim().toLowerCase()
  if (!isExpression.test(text)) return undefined
  const reader = new Reader(text.match(/[()]|[^\s()]+/g) ?? [])
  try {
    return { test: reader.whole() }
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) }
  }
}

class Reader {
  private at = 0

  constructor(private readonly tokens: readonly string[]) {}

  whole(): Test {
    const test = this.either()
    if (this.at < this.tokens.length) this.wrong('and, or, or the end')
    return test
  }

  private either(): Test {
    let test = this.both()
    while (this.take('or')) {
      const [one, other] = [test, this.both()]
      test = (run, step) => one(run, step) || other(run, step)
    }
    return test
  }

  private both(): Test {
    let test = this.single()
    while (this.take('and')) {
      const [one, other] = [test, this.single()]
      test = (run, step) => one(run, step) && other(run, step)
    }
    return test
  }

  private single(): Test {
    if (this.take('not')) {
      const test = this.single()
      return (run, step) => !test(run, step)
    }
    if (this.take('(')) {
      const test = this.either()
      if (!this.take(')')) this.wrong(')')
      return test
    }
    const page = this.take('page') ? this.number() : undefined
    const word = words.find((one) => this.take(one)) ?? this.wrong(`${words.join(', ')}, page, not, or (`)
    const device = word === 'reachable' && this.take('by') ? this.device() : undefined
    return (run, step) => isSo(run, step, word, page, device)
  }

  private device(): number {
    if (!this.take('device')) this.wrong('device')
    return this.number()
  }

  private take(token: string): boolean {
    const isHere = this.tokens[this.at] === token
    if (isHere) this.at += 1
    return isHere
  }

  private number(): number {
    const token = this.tokens[this.at] ?? ''
    if (!/^\d{1,9}$/.test(token)) this.wrong('a number')
    this.at += 1
    return Number(token)
  }

  private wrong(expected: string): never {
    const found = this.tokens[this.at]
    throw new Error(`found ${found === undefined ? 'the end' : `"${found}"`}, expected ${expected}`)
  }
}

function isSo(run: ShownRun, step: number, word: Word, page?: number, device?: number): boolean {
  if (word === 'reachable') return isReached(run, step, page, device)
  return (run.map?.rows ?? []).some(
    ({ first, count }, row) =>
      (page === undefined || (first <= page && page < first + count)) && isSoOfRow(run, step, word, row),
  )
}

function isReached({ replay }: ShownRun, step: number, page?: number, device?: number): boolean {
  const reach = typeof replay === 'object' ? (replay.reach ?? []) : []
  return reach.some((history, of) => {
    const pages = history.findLast(([since]) => since <= step)?.[1] ?? []
    return (device === undefined || device === of) && (page === undefined ? pages.length > 0 : pages.includes(page))
  })
}

const layerOf = { private: 'attribute', shared: 'attribute', mapped: 'iommu', pinned: 'pins' } as const
const marks: Readonly<Partial<Record<Word, number>>> = { stale: 1, wrong: 2 }

function isSoOfRow({ map }: ShownRun, step: number, word: Exclude<Word, 'reachable'>, row: number): boolean {
  const cells = map?.histories[row] ?? []
  if (word === 'stale' || word === 'wrong') {
    return cells.some((history) => ((entryAt(history, step)?.[2] ?? 0) & (marks[word] ?? 0)) !== 0)
  }
  const layer = map?.layers.findIndex(({ key }) => key === layerOf[word]) ?? -1
  const text = entryAt(cells[layer] ?? [], step)?.[1] ?? '–'
  return word === 'private' || word === 'shared' ? text === word : text !== '–'
}
