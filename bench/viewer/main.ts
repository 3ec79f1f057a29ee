import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { CDPSession, Page } from 'playwright-core'
import { Prng } from '../../base/prng.js'
import { step } from '../../model/actions/step.js'
import { codeLength } from '../../model/machine/action.js'
import { launchChromium } from '../../report/testing/chromium.js'
import { buildMachine } from '../../search/machine-config.js'
import { RandomScheduler } from '../../search/random/scheduler.js'
import { Simulator } from '../../search/simulator.js'
import { record, type Trace } from '../../search/trace.js'
import { html } from '../../view/html.js'
import { pageData } from '../../view/page-data.js'
import { runOfTrace } from '../../view/run-of-trace.js'
import { figure } from '../measure.js'

// How long the page of a long trace takes from an input to what is drawn: node dist/bench/viewer/main.js [STEPS]
// A key press is to take less than 50 ms: then a key that is held down, 30 times a second, is followed nearly at once.

const steps = Number(process.argv[2] ?? 10_000)

function longTrace(): Trace {
  const built = buildMachine({
    design: 'on-demand-4k',
    driver: 'type1v2',
    platform: 'tdx-2021-reading',
    scope: { teardown: false },
  })
  if (!built.ok) throw new Error(built.problem.message)
  const simulator = new Simulator(built.value.machine)
  const { machine, state } = simulator
  const scheduler = new RandomScheduler(machine, new Prng(1), 'biased')
  simulator.reset()
  const run: Int32Array[] = []
  const code = new Int32Array(codeLength)
  while (run.length < steps && scheduler.next(state, code)) {
    run.push(code.slice())
    step(machine, state, code)
  }
  return record(simulator, built.value.setup, run, { property: 'no-stale-frame', seed: 1, why: 'none' })
}

/** Milliseconds from each input to the end of the frame that shows it, in the page. */
const timed = (times: number, input: string) => `(async () => {
  const times = []
  for (let at = 0; at < ${times}; at += 1) {
    const began = performance.now()
    ${input}
    await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))
    times.push(performance.now() - began)
  }
  return times
})()`

const key = (name: string) =>
  `document.body.dispatchEvent(new KeyboardEvent('keydown', { key: '${name}', bubbles: true }))`
const setting = (selector: string, value: string) => `{
  const field = document.querySelector('${selector}')
  field.value = ${value}
  field.dispatchEvent(new Event('input', { bubbles: true }))
}`

const inputs: readonly (readonly [what: string, times: number, input: string])[] = [
  ['a step on (→)', 100, key('ArrowRight')],
  ['a step back (←)', 100, key('ArrowLeft')],
  ['the slider, anywhere', 60, setting('input[type=range]', `(at * 7919) % ${steps}`)],
  ['to the start and the end', 40, `at % 2 === 0 ? ${key('Home')} : ${key('End')}`],
  ['a letter of a search for words', 12, setting('#find', "'vtd.translation'.slice(0, at + 1)")],
  ['the next step found (n)', 60, key('n')],
  ['a search for a page', 10, setting('#find', "'page ' + (at % 4)")],
  [
    'an expression',
    10,
    setting('#find', "'page ' + (at % 4) + ' reachable by device 0 and not (page 3 private or stale)'"),
  ],
  ['the next step found by it (n)', 60, key('n')],
  ['only what a device can see', 10, "document.querySelectorAll('input[type=checkbox]')[0].click()"],
  ['only pages that change', 10, "document.querySelectorAll('input[type=checkbox]')[1].click()"],
]

/** Milliseconds of processor time that the page has taken so far: other work on the machine changes it less. */
async function taken(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics')
  return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN) * 1000
}

async function measure(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  for (const [what, times, input] of inputs) {
    const before = await taken(session)
    const sorted = (await page.evaluate<number[]>(timed(times, input))).sort((a, b) => a - b)
    const work = ((await taken(session)) - before) / times
    const [middle = 0, late = 0, worst = 0] = [0.5, 0.95, 1].map((part) => sorted[Math.ceil(sorted.length * part) - 1])
    const figures = [work, middle, late, worst].map((time) => `${time.toFixed(0).padStart(6)} ms`)
    console.log(`${what.padEnd(34)}${figures.join('')}`)
  }
}

const since = performance.now()
const run = runOfTrace('a random run', longTrace())
if (!run.ok) throw new Error(run.problem.message)
const page = html(pageData([run.value]))
if (!page.ok) throw new Error(page.problem.message)
console.log(`${figure(run.value.steps.length)} steps: a page of ${figure(page.value.length)} characters`)
console.log(`made in ${((performance.now() - since) / 1000).toFixed(1)} s`)

const folder = mkdtempSync(join(tmpdir(), 'dmaproof-bench-'))
const browser = await launchChromium()
try {
  const file = join(folder, 'page.html')
  writeFileSync(file, page.value)
  const tab = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  const opened = performance.now()
  await tab.goto(`${pathToFileURL(file).href}#step=${Math.floor(steps / 2)}`)
  await tab.locator('output').waitFor()
  console.log(`opened in ${((performance.now() - opened) / 1000).toFixed(1)} s`)
  console.log(`${'from an input to its frame'.padEnd(34)}     work   middle     95 %    worst`)
  await measure(tab)
} finally {
  await browser.close()
  rmSync(folder, { recursive: true })
}
