import { fanOut } from '../../cost/footprint.js'
import type { Cost } from '../../cost/measure.js'
import { defaultMemlockPages, type Parameters } from '../../cost/parameters.js'
import { memoryText } from '../text/cost.js'

const width = 720
const height = 420
const left = 84
const right = 200
const top = 56
const bottom = 56

const style = `
.back{fill:#fff}.text{fill:#1b1f24;font:12px system-ui,sans-serif}.soft{fill:#57606a;font:11px system-ui,sans-serif}
.axis{stroke:#8c959f}.wall{stroke:#b42318;stroke-dasharray:5 4}.walls{fill:#b42318;font:11px system-ui,sans-serif}
.whole{fill:#1f6feb}.part{fill:none;stroke:#b42318;stroke-width:2}
@media (prefers-color-scheme:dark){.back{fill:#0d1117}.text{fill:#e6edf3}.soft{fill:#9da7b3}.axis{stroke:#6e7681}
.wall{stroke:#ff8f85}.walls{fill:#ff8f85}.whole{fill:#79b8ff}.part{stroke:#ff8f85}}`

/** A logarithmic scale of whole decades, with a place for 0 before the first. */
class Scale {
  private readonly last: number

  constructor(
    values: readonly number[],
    private readonly from: number,
    private readonly to: number,
  ) {
    this.last = Math.max(1, Math.ceil(Math.log10(Math.max(1, ...values))))
  }

  at(value: number): number {
    const place = value <= 0 ? 0 : (Math.log10(value) + 1) / (this.last + 1)
    return this.from + Math.max(0, place) * (this.to - this.from)
  }

  ticks(): number[] {
    return Array.from({ length: this.last + 1 }, (_, decade) => 10 ** decade)
  }
}

/** Memory that a cost takes from the host beyond one frame a page: tables, and frames held twice. In pages. */
const footprintOf = ({ counters }: Cost): number => counters.tables + counters.doublyHeld

/**
 * Costs of one workload as an SVG: memory beyond the guest's own against IOTLB misses, both by decades. A design whose
 * conversions were all granted is a disk, another a ring. Limits are walls.
 *
 * @param title of the picture, as text
 */
export function costPlot(costs: readonly Cost[], given: Parameters, title: string): string {
  const across = new Scale(costs.map(footprintOf), left, width - right)
  const up = new Scale(
    costs.map(({ counters }) => counters.misses),
    height - bottom,
    top,
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title desc">`,
    `<title id="title">${escaped(title)}</title>`,
    `<desc id="desc">${escaped(costs.map(sentence).join(' '))}</desc>`,
    `<style>${style}</style>`,
    `<rect class="back" width="${width}" height="${height}"/>`,
    text('text', left - 64, 24, title),
    ...axes(across, up),
    ...walls(across, given),
    ...points(costs, across, up),
    '</svg>\n',
  ].join('\n')
}

function axes(across: Scale, up: Scale): string[] {
  return [
    line('axis', left, height - bottom, width - right, height - bottom),
    line('axis', left, top, left, height - bottom),
    ...across.ticks().map((at) => text('soft', across.at(at) - 14, height - bottom + 16, memoryText(at))),
    ...up.ticks().map((at) => text('soft', 20, up.at(at) + 4, at.toLocaleString('en-US'))),
    text('text', left, height - 14, 'IOMMU tables and memory held twice'),
    text('text', 20, top - 12, 'IOTLB misses'),
  ]
}

/** Tables that the entries of a full container need, one mapping a page. */
const tablesAtLimit = (entries: number): number => Math.ceil(entries / fanOut) + 3

function walls(across: Scale, { entryLimit, memlockPages }: Parameters): string[] {
  const memlock = Math.min(memlockPages, defaultMemlockPages)
  const all = [
    { at: tablesAtLimit(entryLimit), says: `tables of ${entryLimit.toLocaleString('en-US')} mappings of 4 KiB` },
    { at: memlock, says: `memlock: ${memoryText(memlock)}` },
  ]
  return all
    .filter(({ at }) => across.at(at) <= width - right)
    .flatMap(({ at, says }, index) => [
      line('wall', across.at(at), top, across.at(at), height - bottom),
      text('walls', across.at(at) + 4, top + 12 + index * 14, says),
    ])
}

/** Points, and their names at the right, apart from each other. */
function points(costs: readonly Cost[], across: Scale, up: Scale): string[] {
  const sorted = [...costs].sort((a, b) => b.counters.misses - a.counters.misses)
  return sorted.flatMap((cost, index) => {
    const [x, y] = [across.at(footprintOf(cost)), up.at(cost.counters.misses)]
    const isWhole = cost.counters.refused === 0 && cost.stopped === undefined
    const [nameX, nameY] = [width - right + 14, top + 10 + index * 18]
    return [
      line('axis', x, y, nameX - 4, nameY - 4),
      `<circle class="${isWhole ? 'whole' : 'part'}" cx="${round(x)}" cy="${round(y)}" r="5"/>`,
      text('text', nameX, nameY, `${cost.question.design} ${cost.question.driver}`),
    ]
  })
}

function sentence(cost: Cost): string {
  const { question, counters } = cost
  const refused = counters.refused === 0 ? '' : `, ${counters.refused.toLocaleString('en-US')} conversions refused`
  const misses = counters.misses.toLocaleString('en-US')
  return `${question.design} with ${question.driver}: ${memoryText(footprintOf(cost))}, ${misses} misses${refused}.`
}

const round = (value: number): number => Math.round(value * 10) / 10

const line = (name: string, x1: number, y1: number, x2: number, y2: number): string =>
  `<line class="${name}" x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}"/>`

const text = (name: string, x: number, y: number, words: string): string =>
  `<text class="${name}" x="${round(x)}" y="${round(y)}">${escaped(words)}</text>`

const escaped = (words: string): string =>
  words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
