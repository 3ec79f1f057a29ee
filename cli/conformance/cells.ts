import { existsSync, readFileSync, statSync } from 'node:fs'
import type { Block } from '../../conform/cases/case-queue.js'
import type { Conformance } from '../../conform/runner/run.js'
import type { ConformCell } from '../../report/json/conform-cell.js'
import { conformCellSchema } from '../../report/json/conform-cell.js'
import type { Catalogue } from '../../search/catalogue/catalogue.js'
import { type Cell, type CellPlan, keysOf, type Need, sha256 } from '../../search/cells/cell.js'
import { type CellReport, shownAs } from '../../search/cells/report.js'
import type { FoundTarget } from '../options/found-target.js'
import { version } from '../version.js'

/** Sequences of a cell, at most: enough that starting the target is little of its time, and few enough to be lost. */
const blockSize = 250

/** What decides the replies, beside what the target says of itself. */
export interface AskedOf {
  readonly target: FoundTarget
  readonly catalogue: Catalogue
  readonly seed: number
  /** Calls of a random sequence. */
  readonly length: number
  /** Seconds without a reply after which it counts as silent; undefined for the default. */
  readonly timeout?: number | undefined
}

/** A cell of a conformance run, and its part of the list. */
export interface ConformPlan {
  readonly plan: CellPlan
  /** In the order of the plan's cells. */
  readonly blocks: readonly Block[]
}

/** The work of a conformance run as cells: blocks of the fixed list and the litmus tests, then of random sequences. */
export function conformCells({ testTarget, platforms, list }: Conformance, asked: AskedOf): ConformPlan {
  const { target, catalogue, seed, length, timeout = null } = asked
  const base = { command: 'conform', version: version() } as const
  const keyOf = keysOf({ ...base, catalogue })
  const { hello, interface: on, kvm } = testTarget
  const subject = [targetIdentity(target), hello, on, kvm, platforms, timeout]
  const { fixed, total } = list
  const parts = [
    ...blocksOf(0, fixed).map((block) => ({ block, drawn: null, what: 'fixed list', first: 0 })),
    ...blocksOf(fixed, total).map((block) => ({ block, drawn: { seed, length }, what: 'random', first: fixed })),
  ]
  const cells = parts.map(({ block: { from, end }, drawn, what, first }): Cell => {
    const numbers = `${from - first + 1} to ${end - first}`
    const title = [hello.name, kvm ? `kvm beside ${on}` : on, `${what} ${numbers}`].join(' · ')
    return { key: keyOf([subject, what, drawn, from - first, end - first]), title, needs: needOf(target) }
  })
  return { plan: { ...base, cells }, blocks: parts.map(({ block }) => block) }
}

function blocksOf(from: number, end: number): Block[] {
  const count = Math.ceil((end - from) / blockSize)
  return Array.from({ length: count }, (_, at) => {
    const first = from + at * blockSize
    return { from: first, end: Math.min(end, first + blockSize) }
  })
}

/** What a machine needs that asks a target. */
export const needOf = ({ guest }: FoundTarget): Need => (guest === undefined ? 'target' : 'qemu')

/**
 * What a target is, as far as its command line says: with the contents of the files that it names, so that a program
 * that was changed is another one.
 */
export function targetIdentity({ word, named, guest }: FoundTarget): unknown {
  const command = named.command ?? word
  const files = command
    .split(/\s+/)
    .map((part) => part.replace(/^(['"])(.*)\1$/, '$2'))
    .filter((path) => existsSync(path) && statSync(path).isFile())
  return [word, named, guest ?? null, files.map((path) => sha256(readFileSync(path)))]
}

/** What is kept of a cell. */
export function conformReport(cell: ConformCell): CellReport {
  const kinds = cell.met.flatMap(({ kinds: own }) => own).sort()
  const decides = JSON.stringify(cell.ended === 'given up' ? [cell.ended] : [cell.ended, cell.sequences, kinds])
  const shown = JSON.parse(JSON.stringify(cell))
  return { isOpen: cell.ended === 'open', states: cell.sequences, decides, fails: kinds.length > 0, shown }
}

/** What a stored report holds of a conformance run; undefined if it is not of one. */
export const conformFrom = (report: CellReport | undefined): ConformCell | undefined =>
  shownAs(conformCellSchema, report)
