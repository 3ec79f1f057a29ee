import { properties } from '../properties/index.js'
import { buildMachine } from '../search/machine-config.js'
import { searchRandom } from '../search/random/random.js'
import { Simulator } from '../search/simulator.js'
import { perSecond } from './measure.js'

/** One guest in a process of its own: `node large-guest.js PAGES` prints steps a second and megabytes as JSON. */
const pages = Number(process.argv[2])
const steps = 1_000_000

const opened = buildMachine({
  design: 'on-demand-4k',
  driver: 'iommufd',
  platform: 'tdx-2021-reading',
  scope: { pages, pagesPerSuperpage: 512, vcpus: 2, devices: 1 },
})
if (!opened.ok) throw new Error(opened.problem.message)
const simulator = new Simulator(opened.value.machine)
const judged = properties.filter(({ parts }) => parts.length === 0)
let since = 0
// The initial state is judged page by page before the first step: the clock starts behind it.
const run = searchRandom(simulator, judged, {
  seed: 1,
  runs: 1,
  length: steps,
  choice: 'biased',
  onFirstStep: () => {
    since = performance.now()
  },
})
const rate = perSecond(run.steps, since)
console.log(JSON.stringify({ pages, rate, megabytes: Math.round(process.memoryUsage().rss / 2 ** 20) }))
