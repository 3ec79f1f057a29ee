import { describe, expect, test } from 'vitest'
import { onDemand4k } from '../designs/on-demand-4k.js'
import { kindIndex } from '../model/actions/relation.js'
import { forEachEnabled, step } from '../model/actions/step.js'
import { codeLength } from '../model/machine/action.js'
import { type Litmus, makeLitmus } from './litmus.js'
import { defaultLimits, runLitmus } from './run.js'

function litmusOf(text: string, own: Parameters<typeof makeLitmus>[1] = []): Litmus {
  const made = makeLitmus(text, own)
  if (!made.ok) throw new Error(made.problem.message)
  return made.value
}

const race = (design: string, condition = 'exists (D0:r0=fault)') => `DMA race
(* Result: Never *)
scope pages=2 pagesPerSuperpage=2
{ 0..1 shared; }
 P0                              | D0           ;
 r0 = convert 0 private by ${design} | r0 = write 1 ;
${condition}
`

/** Numbers that are the same in every run (xorshift). */
let random = 1
function draw(below: number): number {
  random ^= random << 13
  random ^= random >>> 17
  random ^= random << 5
  return (random >>> 0) % below
}

const outcomes = (litmus: Litmus): string[] => runLitmus(litmus).finals.map(({ seen }) => seen.join(' '))

/** What the model itself comes to: its own steps, drawn at random, with one request and one DMA. */
function outcomesByHand(litmus: Litmus, runs: number): Set<string> {
  const { product, observables } = litmus
  const { machine: m, state: s } = product
  const requests = (['guest.convert', 'dma.issue'] as const).map(kindIndex)
  /** Drawn rarely, so that they come late as well, or not at all. */
  const rare = (['iommu.evict-iotlb', 'dma.issue'] as const).map(kindIndex)
  const allowed = (a: Int32Array, asked: Set<number>) => {
    const [kind = 0, first, second, third, fourth] = a
    if (kind === kindIndex('guest.convert')) {
      return !asked.has(kind) && first === 0 && second === 0 && third === 1 && fourth === 1
    }
    if (kind === kindIndex('dma.issue')) return !asked.has(kind) && second === 1 && fourth === 0
    return !(['vmm.teardown', 'gmem.populate'] as const).map(kindIndex).includes(kind)
  }
  const isQuiet = () => [s.phase, s.dma, s.queueKind].every((view) => view.every((value) => value === 0))
  const registers = new Uint8Array(2)
  const seen = new Set<string>()
  for (let run = 0; run < runs; run += 1) {
    product.writeInitialState()
    const asked = new Set<number>()
    let result = 'none'
    for (let action: Int32Array | undefined; ; step(m, s, action)) {
      result = ['', 'done:shared', 'fault:not-present'][action === undefined ? 0 : m.event.dma] || result
      if (asked.size === 2 && isQuiet()) {
        const read = (final: (typeof observables)[number]) => final.read({ s, registers, stuck: false })
        seen.add(observables.map((one) => (one.name === 'D0:r0' ? result : read(one))).join(' '))
      }
      const list: Int32Array[] = []
      forEachEnabled(m, s, new Int32Array(codeLength), (a) => void (allowed(a, asked) && list.push(a.slice())))
      const rarely = draw(16) === 0
      const usual = list.filter((a) => !rare.includes(a[0] ?? 0))
      const drawn = rarely || usual.length === 0 ? list : usual
      action = drawn[draw(Math.max(1, drawn.length))]
      if (action === undefined) break
      if (requests.includes(action[0] ?? 0)) asked.add(action[0] ?? 0)
    }
  }
  return seen
}

describe('the product of a machine and its threads', () => {
  test.for(['on-demand-superpage', 'on-demand-4k', 'hitless-cut'])(
    'comes to what random runs of %s come to',
    (design) => {
      const litmus = litmusOf(race(design, 'exists (D0:r0=fault /\\ leaf[1]=4k /\\ iotlb[1]=none /\\ attr[0]=private)'))
      expect([...outcomesByHand(litmus, 3000)].sort()).toEqual(outcomes(litmus).sort())
    },
  )

  test('a bound that is reached is said, and nothing is concluded from it', () => {
    const litmus = litmusOf(race('on-demand-superpage'))
    expect(runLitmus(litmus, { ...defaultLimits, seconds: 1e-9 }).cut).toBe('the bound of 1e-9 seconds')
  })

  test('the shortest run to a final state leads there', () => {
    const litmus = litmusOf(race('on-demand-superpage'))
    const answer = runLitmus(litmus)
    const faulted = answer.finals.find(({ holds }) => holds)
    const run = faulted === undefined ? [] : answer.runTo(faulted)
    expect(run.at(0)?.code[0]).toBe(kindIndex('guest.convert'))
    expect(run.filter(({ code }) => code[0] === kindIndex('dma.issue'))).toHaveLength(1)
    expect(litmus.product.isFinal()).toBe(true)
  })
})

describe('a fault that is planted', () => {
  test('in a plan is seen: without its unmap, on-demand-4k leaves the page mapped', () => {
    const text = race('on-demand-4k', '~exists (mapped[0]=1)')
    const without = onDemand4k.toPrivate.filter((node) => !('each' in node))
    expect(without).toHaveLength(onDemand4k.toPrivate.length - 1)
    expect(runLitmus(litmusOf(text)).observation).toBe('Never')
    expect(runLitmus(litmusOf(text, [{ ...onDemand4k, toPrivate: without }])).observation).toBe('Always')
  })

  test('in an expectation is seen', () => {
    const answer = runLitmus(litmusOf(race('on-demand-superpage')))
    expect(answer.observation).toBe('Sometimes')
    expect(litmusOf(race('on-demand-superpage')).expected).toBe('Never')
  })
})

test('hardware that a thread fixes does only what the thread says', () => {
  const text = (rest: string) => `DMA fixed
scope pages=2 pagesPerSuperpage=2
{ 0..1 shared; H0: map 0; }
 H0 | D0 ;
 | r0 = write 0 ;
${rest}
exists (iotlb[0]=shared)
`
  expect(runLitmus(litmusOf(text(''))).observation).toBe('Sometimes')
  expect(runLitmus(litmusOf(text(' | iommu.walk ;'))).observation).toBe('Never')
})

describe('a raw step of the host', () => {
  const text = (first: string, second: string) => `DMA raw
scope pages=2 pagesPerSuperpage=2
{ 0..1 shared; H0: map 0; }
 H0 | H1 ;
 ${first} | ${second} ;
exists (stuck=yes)
`

  test('that makes no sense waits: nothing is unpinned that is not pinned', () => {
    expect(runLitmus(litmusOf(text('unpin-page 1', ''))).observation).toBe('Always')
  })

  test('on the mappings waits for a call that holds the lock, and then continues', () => {
    expect(runLitmus(litmusOf(text('map 1', 'clear-entry 0'))).observation).toBe('Never')
    expect(runLitmus(litmusOf(text('acquire container', 'clear-entry 0'))).observation).toBe('Sometimes')
  })
})
