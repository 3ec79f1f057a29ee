import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { counted } from '../../base/plural.js'
import type { Problem, Result } from '../../base/result.js'
import { type CellPlan, cellCommands } from '../../search/cells/cell.js'
import { readResults } from '../../search/cells/results.js'
import { Status } from '../exit-status.js'
import { unknownName } from '../options/suggest.js'
import { complain, complainOf, type Io } from '../terminal/io.js'
import { report } from '../terminal/report.js'
import { addressOf, type CampaignPlace, campaignId, campaignPlaceOf } from './place.js'
import { classesOf, classText, describe, Queues } from './queues.js'
import { connect, type Engine, withoutPassword } from './redis.js'
import { planIn, type RunCommand } from './search-cell.js'
import { unjudgedCells } from './status.js'

/** Options of the divided command that a cell cannot have: the campaign decides them, or they are of the whole. */
const ofTheWhole: Readonly<Record<string, readonly string[]>> = {
  'the campaign says where and how each cell is searched; leave it out': [
    ...['--results', '--shard', '--cell', '--plan', '--save', '--jobs', '--workers', '--checkpoints', '--resume'],
  ],
  'no worker sees the whole; give it to dmaproof merge, where that has it': [
    ...['--json', '--junit', '--ktap', '--markdown', '--report', '--kcidb', '--kcidb-build'],
    ...['--cost', '--stats', '--stats-file', '--at-least', '--rule-coverage'],
  ],
}

function wrongWords([command = '', ...options]: readonly string[]): Problem | undefined {
  if (!cellCommands.some((name) => name === command)) {
    return { message: unknownName('command to divide', command, cellCommands) }
  }
  for (const [why, flags] of Object.entries(ofTheWhole)) {
    const found = flags.find((flag) => options.some((word) => word === flag || word.startsWith(`${flag}=`)))
    if (found !== undefined) return { message: `${found}: no effect in a campaign: ${why}` }
  }
  return undefined
}

/** @returns the exit status */
export async function startCampaign(
  io: Io,
  text: string,
  words: readonly string[],
  { redis }: { readonly redis?: string },
  run: RunCommand,
): Promise<number> {
  const wrong = wrongWords(words)
  if (wrong !== undefined) {
    complainOf(io, wrong)
    return Status.BadInput
  }
  const place = campaignPlaceOf(text, redis)
  if (!place.ok) {
    complainOf(io, place.problem)
    return Status.BadInput
  }
  const engine = await connect(io, place.value.url)
  if (!engine.ok) {
    complainOf(io, engine.problem)
    return Status.BadInput
  }
  const plan = await planOf(place.value, words, run)
  if (plan.ok) await enqueue(io, engine.value, place.value, words, plan.value)
  else complainOf(io, plan.problem)
  engine.value.redis.disconnect()
  return plan.ok ? Status.Held : Status.BadInput
}

async function planOf({ folder }: CampaignPlace, words: readonly string[], run: RunCommand): Promise<Result<CellPlan>> {
  if (folder !== undefined) return planIn(folder, words, run)
  const own = mkdtempSync(join(tmpdir(), 'dmaproof-plan-'))
  const plan = await planIn(own, words, run)
  rmSync(own, { recursive: true })
  return plan
}

async function enqueue(
  io: Io,
  engine: Engine,
  { url, folder }: CampaignPlace,
  words: readonly string[],
  plan: CellPlan,
): Promise<void> {
  const id = campaignId(plan)
  const queues = new Queues(engine, id, plan.cells, words)
  if (folder !== undefined) sayDamaged(io, folder)
  const cells = await unjudgedCells(plan, queues, folder)
  await describe(engine, id, words, plan)
  await queues.add(cells)
  const names = classesOf(plan.cells, words).map(classText).join(', ')
  const known = plan.cells.length - cells.length
  const where = `${known} judged before, ${cells.length} in the queues (${names})`
  report(io, `campaign ${id}: ${counted(plan.cells.length, 'cell')}, ${where}\n`)
  report(io, `dmaproof campaign work ${folder ?? `${addressOf(withoutPassword(url), id)} --results FOLDER`}\n`)
  await queues.close()
}

function sayDamaged(io: Io, folder: string): void {
  const read = readResults(folder)
  for (const damaged of read.ok ? read.value.damaged : []) complain(io, `${damaged}; the cell is searched again`)
}
