import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { whyUnreadable } from '../../base/folder.js'
import { ok, problemText, type Result, refuse } from '../../base/result.js'
import { saveText } from '../archive/save.js'
import type { Verdict } from '../verdict.js'
import { type Cell, type CellPlan, cellCommands, needs, sha256 } from './cell.js'
import { type CellReport, cellReportSchema } from './report.js'
import { readVerdict, storedVerdict, storedVerdictSchema } from './stored-verdict.js'

const format = 1
const planFormat = 2
const planName = 'plan.json'

/** The file `plan.json` of a folder of results. */
export const planSchema = z.strictObject({
  dmaproof: z.literal('plan').describe('the kind of the file'),
  format: z.literal(planFormat).describe('the version of the format'),
  command: z.enum(cellCommands).describe('the command'),
  version: z.string().describe('the version of dmaproof'),
  cells: z
    .array(
      z.strictObject({
        key: z.string().describe('what the cell asks, as a digest: the name of its file'),
        title: z.string().describe('the same for people'),
        asks: z.string().optional().describe('what it asks beside the plain matrix of compare'),
        needs: z
          .enum(needs)
          .describe('what it does: draw runs, see every state, answer a litmus test, or ask an implementation'),
      }),
    )
    .describe('all cells of the command, whatever the shard'),
})

/** The first line of a result; the second one holds its verdicts, and a third one what else the command prints. */
export const resultHeadSchema = z.strictObject({
  dmaproof: z.literal('result').describe('the kind of the file'),
  format: z.literal(format).describe('the version of the format'),
  key: z.string().describe('the key of the cell'),
  title: z.string().describe('the cell for people'),
  sha256: z.string().describe('digest of the other lines: a file that was cut or changed counts as absent'),
})

/** What was found of a cell. */
export interface Findings {
  readonly verdicts: readonly Verdict[]
  readonly report?: CellReport | undefined
}

/** The same in a file, and its text as it is stored. */
export interface CellResult extends Findings {
  readonly path: string
  readonly text: string
}

/** A folder in which a command, or a shard of it, leaves its results: the plan, and one file per cell. */
export interface ResultFolder {
  readonly plan: CellPlan
  readonly results: ReadonlyMap<string, CellResult>
  /** What is wrong with files that count as absent. */
  readonly damaged: readonly string[]
}

/**
 * Writes the plan, if there is none yet. A folder of another plan is refused: its results would be mixed up.
 *
 * @param key of the only cell whose result is read, if not all are
 */
export function openResults(folder: string, plan: CellPlan, key?: string): Result<ResultFolder> {
  const text = planText(plan)
  if (!existsSync(join(folder, planName))) {
    const written = saveText(text, join(folder, planName), 'the plan')
    if (!written.ok) return written
  }
  const read = readResults(folder, key)
  if (!read.ok) return read
  if (planText(read.value.plan) === text) return read
  return refuse(
    `${folder}: holds results of another command line or version (${whatOf(read.value.plan)}); name another folder`,
  )
}

/**
 * Reads a folder of results.
 *
 * @param only the key of the only cell whose result is read, if not all are
 */
export function readResults(folder: string, only?: string): Result<ResultFolder> {
  const plan = readPlan(join(folder, planName))
  if (!plan.ok) return plan
  const known = new Set(plan.value.cells.map(({ key }) => key))
  const results = new Map<string, CellResult>()
  const damaged: string[] = []
  for (const name of only === undefined ? readdirSync(folder).sort() : [`${only}.ndjson`]) {
    const key = name.replace(/\.ndjson$/, '')
    if (key === name || !known.has(key) || !existsSync(join(folder, name))) continue
    const read = readResult(join(folder, name), key)
    if (read.ok) results.set(key, read.value)
    else damaged.push(problemText(read.problem))
  }
  return ok({ plan: plan.value, results, damaged })
}

/** `compare by dmaproof 0.1.0, 463 cells` */
export const whatOf = ({ command, version, cells }: CellPlan): string =>
  `${command} by dmaproof ${version}, ${cells.length} cells`

/** Writes the result of a cell: whole, or not at all. @returns its path */
export function writeResult(folder: string, { key, title }: Cell, { verdicts, report }: Findings): Result<string> {
  const lines = [verdicts.map(storedVerdict), ...(report === undefined ? [] : [report])]
  const text = lines.map((line) => JSON.stringify(line)).join('\n')
  const head: z.infer<typeof resultHeadSchema> = { dmaproof: 'result', format, key, title, sha256: sha256(text) }
  return saveText(`${JSON.stringify(head)}\n${text}\n`, join(folder, `${key}.ndjson`), 'the result')
}

/** Fields in the order of the schema, as a plan that was read has them: equal plans are equal texts. */
export const planText = ({ command, version, cells }: CellPlan): string => {
  const plan = planSchema.parse({ dmaproof: 'plan', format: planFormat, command, version, cells })
  return `${JSON.stringify(plan, null, 1)}\n`
}

function readPlan(path: string): Result<CellPlan> {
  const text = readFile(path)
  if (!text.ok) return text
  const plan = planSchema.safeParse(parsed(text.value))
  if (plan.success) return ok(plan.data)
  return refuse(
    `${path}: expected the plan of a folder that --results made, of format ${planFormat}; name such a folder`,
  )
}

function readResult(path: string, key: string): Result<CellResult> {
  const read = readFile(path)
  if (!read.ok) return read
  const [first = '', ...lines] = read.value.replace(/\n$/, '').split('\n')
  const text = lines.join('\n')
  const head = resultHeadSchema.safeParse(parsed(first))
  if (!head.success || head.data.key !== key) return refuse(`${path}: found no result of format ${format}`)
  if (sha256(text) !== head.data.sha256) return refuse(`${path}: was cut or changed: its digest is another one`)
  const [second = '', third] = lines
  const stored = z.array(storedVerdictSchema).safeParse(parsed(second))
  const report = cellReportSchema.optional().safeParse(third === undefined ? undefined : parsed(third))
  if (!stored.success || !report.success) return refuse(`${path}: holds no verdicts of format ${format}`)
  const verdicts: Verdict[] = []
  for (const entry of stored.data) {
    const verdict = readVerdict(entry)
    if (!verdict.ok) return refuse(`${path}: its trace: ${problemText(verdict.problem)}`)
    verdicts.push(verdict.value)
  }
  return ok({ path, text, verdicts, report: report.data })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function readFile(path: string): Result<string> {
  try {
    return ok(readFileSync(path, 'utf8'))
  } catch (error) {
    return refuse(`${path}: ${whyUnreadable(error)}; name a folder that --results made`)
  }
}
