/**
 * Prints what runs on kernels with planted faults found, as the table of docs/linux.md.
 *
 * node .ci/planted.mjs FOLDER: of its files `KERNEL:INTERFACE.json`, each printed by `dmaproof conform linux --json`
 * node .ci/planted.mjs --shortest FILE: of one, how many calls the shortest divergence has, and where it is saved
 */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

/** Calls of a divergence and of what goes before it, without what begins and ends a sequence. */
const callsOf = ({ run, earlier }) => [...earlier, run].flat().filter((call) => call !== 'close').length

/** Whether a device acts during a call, so that a replay may end otherwise than the run did. */
const isRaced = ({ run, earlier }) => [...earlier, run].flat().some((call) => call.startsWith('unmap-under-dma'))

/**
 * The shortest divergence of a report that was saved, and when the first was met; an empty file is that of a run that
 * failed. Those with a race come behind the others, and a guest that died of what went before, which may have no calls,
 * is the last to be taken.
 */
function read(path) {
  const text = readFileSync(path, 'utf8')
  const { first = null, divergences = [] } = text === '' ? {} : JSON.parse(text)
  const saved = divergences.filter(({ trace }) => trace !== null)
  const order = (one) => (callsOf(one) === 0 ? Number.POSITIVE_INFINITY : callsOf(one) + (isRaced(one) ? 1e6 : 0))
  return { first, shortest: saved.sort((a, b) => order(a) - order(b))[0] }
}

function rowOf(path) {
  const [kernel, on] = basename(path, '.json').split(':')
  const { first, shortest } = read(path)
  if (shortest === undefined) return `| \`${kernel}\` | ${on} | ${first?.sequences ?? '-'} | - | |`
  const rule = shortest.allowed[0]?.rules[0]
  const calls = `${shortest.shrunk ? '' : '† '}${callsOf(shortest)}`
  return `| \`${kernel}\` | ${on} | ${first.sequences} | ${calls} | ${rule === undefined ? '' : `\`${rule}\``} |`
}

const [first, second] = process.argv.slice(2)
if (first === '--shortest') {
  const { shortest } = read(second)
  if (shortest !== undefined) console.log(callsOf(shortest), shortest.trace)
} else {
  const names = readdirSync(first).filter((name) => name.endsWith('.json'))
  console.log('| fault | interface | sequence | calls | rule |\n| --- | --- | --- | --- | --- |')
  for (const name of names.sort()) console.log(rowOf(join(first, name)))
}
