import { visible } from '../../base/visible.js'
import type { Cost } from '../../cost/measure.js'
import { type CostParameters, defaultMemlockPages } from '../../cost/parameters.js'
import { evidenceText, memoryText } from '../text/cost.js'

const width = 800
const height = 420
const left = 84
const right = 250
const top = 56
const bottom = 56

/** Colours by what is drawn, on a light ground and on a dark one. */
const colours = {
  back: { paint: 'fill', light: '#fff', dark: '#0d1117', more: '' },
  text: { paint: 'fill', light: '#1b1f24', dark: '#e6edf3', more: 'font:12px system-ui,sans-serif' },
  soft: { paint: 'fill', light: '#57606a', dark: '#9da7b3', more: 'font:11px system-ui,sans-serif' },
  axis: { paint: 'stroke', light: '#8c959f', dark: '#6e7681', more: '' },
  lead: { paint: 'stroke', light: '#d0d7de', dark: '#30363d', more: '' },
  wall: { paint: 'stroke', light: '#b42318', dark: '#ff8f85', more: 'stroke-dasharray:5 4' },
  walls: { paint: 'fill', light: '#b42318', dark: '#ff8f85', more: 'font:11px system-ui,sans-serif' },
  whole: { paint: 'fill', light: '#1f6feb', dark: '#79b8ff', more: '' },
  part: { paint: 'stroke', light: '#b42318', dark: '#ff8f85', more: 'fill:none;stroke-width:2' },
} as const

function styleText(): string {
  const all = Object.entries(colours)
  const light = all.map(([name, one]) => `.${name}{${one.paint}:${one.light};${one.more}}`)
  const dark = all.map(([name, one]) => `.${name}{${one.paint}:${one.dark}}`)
  return [...light, '@media (prefers-color-scheme:dark){', ...dark, '}'].join('\n')
}

/** A logarithmic scale, with a place for 0 before the first power of its base. */
class Scale {
  private readonly last: number

  constructor(
    private readonly base: number,
    values: readonly number[],
    private readonly from: number,
    private readonly to: number,
  ) {
    this.last = Math.max(1, Math.ceil(Math.log(Math.max(1, ...values)) / Math.log(base)))
  }

  at(value: number): number {
    const place = value <= 0 ? 0 : (Math.log(value) / Math.log(this.base) + 1) / (this.last + 1)
    return this.from + Math.max(0, place) * (this.to - this.from)
  }

  ticks(): number[] {
    return Array.from({ length: this.last + 1 }, (_, power) => this.base ** power)
  }
}

/** What DMA takes of the host's memory: pages that are pinned, tables, and frames held twice. */
const footprintOf = ({ counters }: Cost): number => counters.pinned + counters.tables + counters.doublyHeld

/**
 * Costs of one workload as an SVG: memory that DMA takes against IOTLB misses, both by powers. A design whose
 * conversions were all granted is a disk, another a ring. Limits are walls.
 *
 * @param title of the picture, as text
 */
export function costPlot(costs: readonly Cost[], given: CostParameters, title: string): string {
  const across = new Scale(16, [...costs.map(footprintOf), given.entryLimit], left, width - right)
  const up = new Scale(
    10,
    costs.map(({ counters }) => counters.misses),
    height - bottom,
    top,
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title desc">`,
    `<title id="title">${escaped(title)}</title>`,
    `<desc id="desc">${escaped(costs.map(sentence).join(' '))}</desc>`,
    `<style>${styleText()}</style>`,
    `<rect class="back" width="${width}" height="${height}"/>`,
    text('text', left - 64, 24, title),
    ...axes(across, up),
    ...walls(across, given),
    ...points(costs, across, up),
    ...(costs.some(({ computedFrom }) => computedFrom !== undefined)
      ? [text('soft', width - right + 14, height - 28, '*: computed from measured switches')]
      : []),
    text('soft', width - right + 14, height - 14, 'ring: conversions were refused'),
    '</svg>\n',
  ].join('\n')
}

function axes(across: Scale, up: Scale): string[] {
  return [
    line('axis', left, height - bottom, width - right, height - bottom),
    line('axis', left, top, left, height - bottom),
    ...across.ticks().map((at) => text('soft', across.at(at) - 14, height - bottom + 16, memoryText(at))),
    ...up.ticks().map((at) => text('soft', 20, up.at(at) + 4, at.toLocaleString('en-US'))),
    text('text', left, height - 14, 'memory pinned, held twice, and in tables of the IOMMU'),
    text('text', 20, top - 12, 'IOTLB misses'),
  ]
}

/** Where a limit of the host ends what can be mapped: in memory that is locked, or mapped by 4 KiB in type1. */
function walls(across: Scale, { entryLimit, memlockPages }: CostParameters): string[] {
  const memlock = Math.min(memlockPages, defaultMemlockPages)
  const all = [
    { at: entryLimit, says: `type1: ${entryLimit.toLocaleString('en-US')} mappings of 4 KiB` },
    { at: memlock, says: `memlock: ${memoryText(memlock)}` },
  ]
  return all.flatMap(({ at, says }, index) => [
    line('wall', across.at(at), top, across.at(at), height - bottom),
    text('walls', across.at(at) + 4, height - bottom - 8 - index * 14, says),
  ])
}

/** Points, and their names at the right, apart from each other. */
function points(costs: readonly Cost[], across: Scale, up: Scale): string[] {
  const sorted = [...costs].sort((a, b) => b.counters.misses - a.counters.misses || footprintOf(b) - footprintOf(a))
  return sorted.flatMap((cost, index) => {
    const [x, y] = [across.at(footprintOf(cost)), up.at(cost.counters.misses)]
    const isWhole = cost.counters.refused === 0 && cost.stopped === undefined
    const [nameX, nameY] = [width - right + 14, top + 10 + index * 18]
    return [
      line('lead', x, y, nameX - 4, nameY - 4),
      `<circle class="${isWhole ? 'whole' : 'part'}" cx="${round(x)}" cy="${round(y)}" r="5"/>`,
      text('text', nameX, nameY, nameOf(cost)),
    ]
  })
}

function sentence(cost: Cost): string {
  const { counters, computedFrom } = cost
  const refused = counters.refused === 0 ? '' : `, ${counters.refused.toLocaleString('en-US')} conversions refused`
  const misses = counters.misses.toLocaleString('en-US')
  const computed = computedFrom === undefined ? '' : `, ${evidenceText(computedFrom)}`
  return `${nameOf(cost)}: ${memoryText(footprintOf(cost))}, ${misses} misses${refused}${computed}.`
}

const nameOf = ({ question: { design, driver }, computedFrom }: Cost): string =>
  `${design === driver ? design : `${design} ${driver}`}${computedFrom === undefined ? '' : '*'}`

const round = (value: number): number => Math.round(value * 10) / 10

const line = (name: string, x1: number, y1: number, x2: number, y2: number): string =>
  `<line class="${name}" x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}"/>`

const text = (name: string, x: number, y: number, words: string): string =>
  `<text class="${name}" x="${round(x)}" y="${round(y)}">${escaped(words)}</text>`

const escaped = (words: string): string =>
  visible(words).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
