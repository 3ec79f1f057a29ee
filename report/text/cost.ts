import type { Cost } from '../../cost/measure.js'
import { type Measure, measures } from '../../cost/measures.js'

const labelWidth = 22
const columnWidth = 16
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

const valueText = ({ key, unit }: Measure, { counters }: Cost): string =>
  unit === 'pages' ? memoryText(counters[key]) : counters[key].toLocaleString('en-US')

/** Costs of one workload and one size of the guest, side by side. */
export function costTable(costs: readonly Cost[]): string {
  const blocks: string[] = []
  for (let at = 0; at < costs.length; at += perBlock) blocks.push(block(costs.slice(at, at + perBlock)))
  return blocks.join('\n\n')
}

function block(costs: readonly Cost[]): string {
  const line = (label: string, cells: readonly string[]) =>
    `${label.padEnd(labelWidth)}${cells.map((cell) => cell.padStart(columnWidth)).join('')}`.trimEnd()
  const heads = [
    line(
      '',
      costs.map(({ question }) => shortName(question.design)),
    ),
    line(
      '',
      costs.map(({ question }) => question.driver),
    ),
  ]
  const rows = measures
    .filter(({ key }) => costs.some(({ counters }) => counters[key] !== 0))
    .map((measure) =>
      line(
        measure.label,
        costs.map((cost) => valueText(measure, cost)),
      ),
    )
  return [...heads, ...rows, ...costs.flatMap(noteOf)].join('\n')
}

/** A name that fits its column: of a variant, what follows the slash. */
const shortName = (name: string): string => {
  const own = name.length < columnWidth ? name : (name.split('/').at(-1) ?? name)
  return own.length < columnWidth ? own : `${own.slice(0, columnWidth - 2)}~`
}

function noteOf({ question, refusedBy, stopped }: Cost): string[] {
  const name = `${question.design} ${question.driver}`
  const why = stopped === 'vm' ? 'the VM was stopped' : 'a conversion was told to retry again and again'
  return [
    ...(refusedBy === undefined ? [] : [`${name}: refused first by ${refusedBy}`]),
    ...(stopped === undefined ? [] : [`${name}: ended early, as ${why}`]),
  ]
}
