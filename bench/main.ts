import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { conformRate } from './conform-rate.js'
import { barDesigns, commandTimes, modelWorkers, statesPerMemory, symmetryFactors } from './exhaustive/scale-figures.js'
import { b1Random, b1Rates, b1Workers, modelRates } from './explore-rate.js'
import { largestScopes } from './largest-scope.js'
import { figure, median } from './measure.js'
import { ratesAgainst } from './peers/other-checkout.js'
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

console.log(`Node ${process.version}, one thread; every figure is of this run`)
const against = process.argv.indexOf('--against') + 1
if (against > 0) {
  for await (const line of ratesAgainst(process.argv[against] ?? '')) console.log(line)
  process.exit()
}
console.log(randomRate('uniform'))
console.log(randomRate('biased'))
console.log(await conformRate())
for (const line of unseenTable()) console.log(line)
if (process.argv.includes('--no-explore')) console.log('exhaustive search: not run (--no-explore)')
else {
  for (const line of [...b1Rates(), await b1Workers(), b1Random(), ...modelRates()]) console.log(line)
  for (const line of [...(await modelWorkers()), ...statesPerMemory(), ...symmetryFactors()]) console.log(line)
  for (const line of commandTimes([['compare'], ...barDesigns.map(([design]) => ['explore', design])]))
    console.log(line)
}
if (process.argv.includes('--exhaustive'))
  for (const line of commandTimes([['compare', '--exhaustive']])) console.log(line)
else console.log('compare --exhaustive: not run (--exhaustive, up to hours)')
if (process.argv.includes('--largest')) for (const line of largestScopes()) console.log(line)
else console.log('largest scopes: not run (--largest, up to an hour)')
if (process.argv.includes('--no-large')) console.log('64 GiB: not run (--no-large)')
else for (const line of largeGuests()) console.log(line)
