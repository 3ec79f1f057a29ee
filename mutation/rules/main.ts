import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { instrument, ruleFiles } from './instrument.js'
import { digestOf } from './sample.js'
import { isEnough, linesOf } from './score.js'
import { merged, readShards, shardFile } from './whole.js'

// All mutants of the rules, shard by shard: `npm run mutants:whole -- --shards 40 --most 10` judges ten of the forty
// shards that have no file in the folder yet, or one of other rules, and prints the score of all that have one. The
// exit status is 0 if that is enough, 1 if it is not, 2 if a shard could not be judged.

const root = fileURLToPath(new URL('../../../', import.meta.url))

const { values } = parseArgs({
  options: {
    shards: { type: 'string', default: '40' },
    /** Shards to judge before it ends; all that are missing, if left out. */
    most: { type: 'string' },
    /** Where the results are, a file a shard: what is there is not judged again. */
    out: { type: 'string', default: join(root, '.dmaproof/rule-mutants') },
  },
})

const of = countIn('shards', values.shards)
const most = values.most === undefined ? of : countIn('most', values.most)

function countIn(option: string, text: string): number {
  if (/^\d+$/.test(text) && Number(text) >= 1) return Number(text)
  console.error(`--${option}: found '${text}', expected a whole number from 1`)
  process.exit(2)
}

const { mutants } = await instrument(root, ruleFiles(root))
const digest = digestOf(mutants)
const shardsDone = () => new Map([...readShards(values.out, of)].filter(([, one]) => one.digest === digest))

function judge(number: number): void {
  const env = { ...process.env, MUTANTS_SHARD: `${number}/${of}`, MUTANTS_OUT: shardFile(values.out, number, of) }
  const asked = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--config', 'mutation/rules/vitest.config.ts']
  console.log(`shard ${number} of ${of}`)
  const { status, signal } = spawnSync(process.execPath, asked, { cwd: root, env, stdio: 'inherit' })
  if (shardsDone().has(number)) return
  console.error(`shard ${number} ended with ${status ?? signal} and no result: see above`)
  process.exit(2)
}

const before = shardsDone()
const missing = Array.from({ length: of }, (_, index) => index + 1).filter((number) => !before.has(number))
for (const number of missing.slice(0, most)) judge(number)
const shards = shardsDone()
const { judged, total } = merged(shards)
for (const line of linesOf(judged, total)) console.log(line)
console.log(`${shards.size} of ${of} shards are judged`)
process.exit(isEnough(judged) ? 0 : 1)
