import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { conformRate } from './conform-rate.js'
import {
  barDesigns,
  commandTimes,
  modelWorkers,
  small,
  statesPerMemory,
  symmetryFactors,
} from './exhaustive/scale-figures.js'
import { b1Random, b1Rates, b1Workers, modelRates } from './explore-rate.js'
import { largestScopes } from './largest-scope.js'
import { figure, median } from './measure.js'
import { ratesAgainst } from './peers/other-checkout.js'
import { type BenchSection, printAll } from './progress/sections.js'
import { randomRate } from './random-rate.js'
import { unseenTable } from './unseen.js'

interface Large {
  readonly rate: number
  readonly megabytes: number
}

const script = fileURLToPath(new URL('large-guest.js', import.meta.url))

function large(pages: number): Large {
  return JSON.parse(execFileSync(process.execPath, [script, String(pages)], { encoding: 'utf8' })) as Large
}

/** A 64 GiB guest beside one of 64 MiB, in turns, so that a noisy machine is noisy for both. */
function largeGuests(): string[] {
  const pairs = Array.from({ length: 3 }, () => ({ small: large(16_384), big: large(16_777_216) }))
  const ratio = median(pairs.map(({ small, big }) => small.rate / big.rate))
  const memory = Math.max(...pairs.map(({ big }) => big.megabytes))
  const rates = pairs.map(({ small, big }) => `${figure(small.rate)} : ${figure(big.rate)}`)
  return [
    `64 GiB beside 64 MiB, steps a second: ${rates.join(', ')}`,
    `64 GiB: a step costs ${ratio.toFixed(2)} times that of 64 MiB (median of 3 pairs), ${memory} MiB of memory`,
  ]
}

const asks = (flag: string): boolean => process.argv.includes(flag)

/** What takes long, and is run where it is asked for. */
const leftOut = (name: string, why: string): BenchSection => ({ name, lines: () => [`${name}: not run (${why})`] })

/** The exhaustive search: B1 beside its peers, then the full model. */
const exploring: readonly BenchSection[] = [
  { name: 'b1 beside its peers', lines: () => b1Rates() },
  { name: 'b1 by 2 workers', lines: async () => [await b1Workers()] },
  { name: 'b1, random', lines: () => [b1Random()] },
  { name: 'the full model', lines: () => modelRates() },
  { name: 'the full model by 2 workers', lines: () => modelWorkers() },
  { name: 'states in memory', lines: () => statesPerMemory() },
  { name: 'symmetry', lines: () => symmetryFactors() },
  {
    name: 'commands',
    lines: () => commandTimes([['compare'], ...barDesigns.map(([design]) => ['explore', design])]),
  },
]

const sections: readonly BenchSection[] = [
  { name: 'random runs', lines: () => [randomRate('uniform'), randomRate('biased')] },
  { name: 'conformance', lines: async () => [await conformRate()] },
  { name: 'unseen states', lines: () => unseenTable() },
  ...(asks('--no-explore') ? [leftOut('exhaustive search', '--no-explore')] : exploring),
  asks('--exhaustive')
    ? { name: 'compare --exhaustive', lines: () => commandTimes([['compare', '--exhaustive']]) }
    : leftOut('compare --exhaustive', '--exhaustive, ten minutes'),
  asks('--largest')
    ? { name: 'largest scopes', lines: () => largestScopes() }
    : leftOut('largest scopes', '--largest, up to an hour'),
  asks('--no-large') ? leftOut('64 GiB', '--no-large') : { name: '64 GiB', lines: largeGuests },
]

/** The same figures of machines so small that they say nothing but that each is made: every kind of line, soon. */
const smallSections: readonly BenchSection[] = [
  { name: 'small random runs', lines: () => [randomRate('biased', 2)] },
  { name: 'small conformance', lines: async () => [await conformRate(20)] },
  { name: 'small unseen states', lines: () => unseenTable(1, [200, 800]) },
  { name: 'small full model', lines: () => modelRates(small) },
  { name: 'small full model by 2 workers', lines: () => modelWorkers(small, 1) },
  { name: 'small states in memory', lines: () => statesPerMemory(small) },
  { name: 'small symmetry', lines: () => symmetryFactors(small.pages) },
  { name: 'small commands', lines: () => commandTimes([['explore', 'b1', '--scope', 'N=2,V=1,D=1']]) },
]

console.log(`Node ${process.version}, one thread; every figure is of this run`)
const against = process.argv.indexOf('--against') + 1
if (against > 0) for await (const line of ratesAgainst(process.argv[against] ?? '')) console.log(line)
else await printAll(asks('--small') ? smallSections : sections)
