import type { Evidence } from '../../cost/computed.js'
import type { Cost } from '../../cost/measure.js'
import { type Measure, measures } from '../../cost/measures.js'
import type { CostParameters } from '../../cost/parameters.js'

const labelWidth = 21
const columnWidth = 17
const perBlock = 3

const bytesPerPage = 4096
const units = ['KiB', 'MiB', 'GiB', 'TiB'] as const

/** Pages as memory: `64 MiB`, `255.996 MiB`. */
export function memoryText(pages: number): string {
  if (pages === 0) return '0'
  let [size, unit] = [(pages * bytesPerPage) / 1024, 0]
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024
    unit += 1
  }
  return `${Number(size.toFixed(3)).toLocaleString('en-US', { maximumFractionDigits: 3 })} ${units[unit] ?? ''}`
}

const timeUnits = ['µs', 'ms', 's'] as const

/** `4 µs`, `131.072 ms` */
function timeText(microseconds: number): string {
  let [time, unit] = [microseconds, 0]
  while (time >= 1000 && unit < timeUnits.length - 1) {
    time /= 1000
    unit += 1
  }
  return `${time.toLocaleString('en-US', { maximumFractionDigits: 3 })} ${timeUnits[unit] ?? ''}`
}

/** A row of the table. */
interface Row {
  readonly key: Measure['key']
  readonly label: string
  readonly text: (value: number) => string
}

/** The rows of a measure: waits have one more, with the time that they take by themselves. */
function rowsOf({ key, label, unit }: Measure, { waitMicroseconds }: CostParameters): Row[] {
  const text = unit === 'pages' ? memoryText : (value: number) => value.toLocaleString('en-US')
  const row = { key, label, text }
  if (unit !== 'waits') return [row]
  return [row, { key, label: `    at ${timeText(waitMicroseconds)} each`, text: (n) => timeText(n * waitMicroseconds) }]
}

/** Costs of one workload and one size of the guest, side by side. */
export function costTable(costs: readonly Cost[], given: CostParameters): string {
  const blocks: string[] = []
  for (let at = 0; at < costs.length; at += perBlock) blocks.push(block(costs.slice(at, at + perBlock), given))
  return blocks.join('\n\n')
}

function block(costs: readonly Cost[], given: CostParameters): string {
  const line = (label: string, cells: readonly string[]) =>
    `${label.padEnd(labelWidth)}${cells.map((cell) => cell.padStart(columnWidth)).join('')}`.trimEnd()
  const names = costs.map(({ question: { design, driver }, computedFrom }) => [
    ...wrapped(design),
    ...wrapped(`${driver}${computedFrom === undefined ? '' : '*'}`),
  ])
  const height = Math.max(...names.map(({ length }) => length))
  const heads = Array.from({ length: height }, (_, row) => {
    const cells = names.map((parts) => parts[row - height + parts.length] ?? '')
    return line('', cells)
  })
  const rows = measures
    .filter(({ key }) => costs.some(({ counters }) => counters[key] !== 0))
    .flatMap((measure) => rowsOf(measure, given))
    .map(({ key, label, text }) => {
      const cells = costs.map(({ counters }) => text(counters[key]))
      return line(label, cells)
    })
  return [...heads, ...rows, ...costs.flatMap(noteOf)].join('\n')
}

/** A name in lines that fit their column, broken behind a hyphen or a slash. */
function wrapped(name: string): string[] {
  const lines: string[] = []
  for (const part of name.split(/(?<=[-/])/)) {
    const last = lines.at(-1)
    if (last === undefined || last.length + part.length >= columnWidth) lines.push(part)
    else lines[lines.length - 1] = last + part
  }
  return lines
}

/** What vouches for figures that were not counted step by step: `computed from 18 measured switches of domains …` */
export const evidenceText = ({ switches, mappings }: Evidence): string =>
  `computed from ${switches.toLocaleString('en-US')} measured switches of domains, ` +
  `the largest with ${mappings.toLocaleString('en-US')} mappings`

function noteOf({ question, refusedBy, stopped, computedFrom }: Cost): string[] {
  const name = `${question.design} ${question.driver}`
  const why = stopped === 'vm' ? 'the VM was stopped' : 'a conversion was told to retry again and again'
  return [
    ...(computedFrom === undefined ? [] : [`* ${name}: ${evidenceText(computedFrom)}`]),
    ...(refusedBy === undefined ? [] : [`${name}: refused first by ${refusedBy}`]),
    ...(stopped === undefined ? [] : [`${name}: ended early, as ${why}`]),
  ]
}
