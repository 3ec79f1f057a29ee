import { spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { alarmsIn, type FalseAlarmSubject, subjectName, subjects } from './subjects.js'

// `check` at its default settings on designs that hold: what it reports is a false alarm, and the design, the model or
// the property is wrong. `npm run bench:false-alarms -- --time 600 --seeds 1,2` prints a line a search, and the total.
// What is done is kept in a file (--results) and not searched again at a second start: remove the file when the model
// has changed. The exit status is 0 if there was no alarm, 1 if there was, 2 if a search did not end.

const dist = fileURLToPath(new URL('../../', import.meta.url))

const { values } = parseArgs({
  options: {
    /** Seconds for a design, by the clock: `check` shares them among its configurations. */
    time: { type: 'string', default: '60' },
    seeds: { type: 'string', default: '1' },
    /** Subjects as they are printed, with commas: `hitless-cut,hitless-cut on sev-snp`; all, if left out. */
    subjects: { type: 'string' },
    /** Threads of `check`. */
    jobs: { type: 'string', default: '2' },
    results: { type: 'string', default: join(dist, 'false-alarms.jsonl') },
  },
})

const doneSchema = z.strictObject({
  subject: z.string(),
  seed: z.int(),
  /** Seconds that `check` was given, and threads. */
  time: z.int(),
  jobs: z.int(),
  /** Seconds that it took. */
  took: z.number(),
  /** Random runs in which the property was judged that was judged in most. */
  runs: z.int(),
  /** Verdicts that were vacuous or inconclusive: the time was too short to put the property to the test. */
  untested: z.int(),
  alarms: z.array(z.string()),
})
type Done = z.infer<typeof doneSchema>

/** The fields of a verdict that are read here. */
const judgedSchema = z.array(
  z.object({
    driver: z.string(),
    backing: z.string(),
    property: z.string(),
    verdict: z.string(),
    why: z.string(),
    configuration: z.string(),
    runs: z.int(),
  }),
)

function search(subject: FalseAlarmSubject, seed: number): Done {
  const { time, jobs, results } = values
  const on = subject.platform === undefined ? [] : ['--platform', subject.platform]
  const asked = ['check', subject.design, ...on, '--seed', String(seed), '--time', time, '--jobs', jobs]
  const kept = ['--json', '--fresh', '--save', `${results}.traces`]
  const began = performance.now()
  const limits = { maxBuffer: 1 << 30, encoding: 'utf8' } as const
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(dist, 'cli/main.js'), ...asked, ...kept], limits)
  if (status !== 0 && status !== 1 && status !== 3) {
    console.error(`${subjectName(subject)} seed ${seed}: check ended with ${status ?? 'a signal'}: ${stderr}`)
    process.exit(2)
  }
  const judged = judgedSchema.parse(JSON.parse(stdout))
  const took = Math.round((performance.now() - began) / 1000)
  const runs = Math.max(...judged.map((one) => one.runs))
  const untested = judged.filter(({ verdict }) => verdict === 'vacuous' || verdict === 'inconclusive').length
  const alarms = alarmsIn(subject, judged)
  return { subject: subjectName(subject), seed, time: Number(time), jobs: Number(jobs), took, runs, untested, alarms }
}

function print({ subject, seed, took, runs, untested, alarms }: Done): void {
  const verdict = `${alarms.length === 0 ? 'no alarm' : 'ALARM'}${untested === 0 ? '' : `, ${untested} untested`}`
  console.log(`${subject.padEnd(34)}  seed ${seed}  ${took} s  ${runs} runs  ${verdict}`)
  for (const alarm of alarms) console.log(`  ${alarm}`)
}

const lines = existsSync(values.results) ? readFileSync(values.results, 'utf8').split('\n') : []
const before = lines.filter((line) => line !== '').map((line) => doneSchema.parse(JSON.parse(line)))
const wanted = values.subjects?.split(',')
const unknown = wanted?.find((name) => !subjects.some((subject) => subjectName(subject) === name))
if (unknown !== undefined) {
  console.error(`--subjects ${unknown}: no such subject; there are: ${subjects.map(subjectName).join(', ')}`)
  process.exit(2)
}
const asked = subjects.filter((subject) => wanted?.includes(subjectName(subject)) ?? true)
const all = values.seeds.split(',').flatMap((seed) => asked.map((subject) => ({ subject, seed: Number(seed) })))
mkdirSync(dirname(values.results), { recursive: true })
const done = all.map(({ subject, seed }) => {
  const isIt = (one: Done) => one.subject === subjectName(subject) && one.seed === seed
  const known = before.find((one) => isIt(one) && one.time === Number(values.time) && one.jobs === Number(values.jobs))
  const made = known ?? search(subject, seed)
  if (known === undefined) appendFileSync(values.results, `${JSON.stringify(made)}\n`)
  print(made)
  return made
})
const total = (of: (one: Done) => number) => done.reduce((sum, one) => sum + of(one), 0)
const alarms = total((one) => one.alarms.length)
console.log(
  `${done.length} searches, ${total((one) => one.took)} s, ${total((one) => one.runs)} runs: ${alarms} alarms`,
)
process.exit(alarms === 0 ? 0 : 1)
