import { describe, expect, test, vi } from 'vitest'
import { must } from '../../base/result.js'
import { explore } from '../../checker/bfs.js'
import { makeOwnMemory } from '../../checker/memory/store-memory.js'
import { SuccessorBuffer } from '../../checker/successor-buffer.js'
import type { SuccessorVisitor, System } from '../../checker/system.js'
import { kindIndex, rows } from '../../model/actions/relation.js'
import type { Part } from '../../model/machine/parts.js'
import type { State } from '../../model/machine/state.js'
import { properties } from '../../properties/index.js'
import { countStates, type RefereeCounts } from '../../referee/count.js'
import { judgeForm } from '../../referee/form.js'
import { type ClaimedStep, objectionTo } from '../../referee/trace.js'
import { builtIn } from '../catalogue/catalogue.js'
import { proofs } from '../compare/exhaustive-matrix.js'
import { ModelSystem } from '../exhaustive/model-system.js'
import { PageImages } from '../exhaustive/symmetry/pages.js'
import { Canonical, permutationsOf, type Symmetries, symmetriesOf } from '../exhaustive/symmetry/symmetry.js'
import { buildMachine, type MachineConfigInput } from '../machine-config.js'
import { checkMachine } from '../verdict.js'

const scope = { pages: 2, pagesPerSuperpage: 2, vcpus: 1, devices: 1 }
const setup: MachineConfigInput = {
  design: 'on-demand-superpage',
  driver: 'type1v2',
  scope,
  platform: 'tdx-2021-reading',
}
const { machine } = must(buildMachine(setup))
const [property] = builtIn.propertiesNamed(['no-shared-fault'])
const [violated] = must(checkMachine(setup, ['no-shared-fault'], { seed: 1, runs: 500, length: 60 }))
const steps: readonly ClaimedStep[] = violated?.trace?.steps ?? []
if (property === undefined) throw new Error('no-shared-fault is a property')

const objection = (claimed: readonly ClaimedStep[]) =>
  objectionTo(machine, { property, steps: claimed, mayBeOfLiveness: false })
const changed = (at: number, change: Partial<ClaimedStep>) =>
  steps.map((step, index) => (index === at ? { ...step, ...change } : step))

describe('the second opinion on a counterexample', () => {
  test('has nothing against one that is right', () => {
    expect(steps.length).toBeGreaterThan(3)
    expect(objection(steps)).toBeUndefined()
  })

  test('sees a step that is left out, two that are swapped, and one of another page', () => {
    const last = steps.at(-1)
    for (let at = 0; at < steps.length - 1; at += 1) {
      expect(objection(steps.toSpliced(at, 1)), `without step ${at + 1}`).toBeDefined()
    }
    expect(objection([...steps.slice(1, 2), ...steps.slice(0, 1), ...steps.slice(2)])).toContain('is not enabled')
    expect(last?.action.kind).toBe('iommu.walk')
    expect(objection(changed(0, { action: { kind: 'guest.convert', nothing: 1 } }))).toContain('has no parameter')
  })

  test('sees a run that is too short, and one that continues behind the violation', () => {
    expect(objection(steps.slice(0, -1))).toContain('no-shared-fault holds behind the last step')
    expect(objection([...steps, ...steps.slice(-1)])).toContain('no-shared-fault fails already')
    expect(objection([])).toBeUndefined() // no step claims nothing
  })

  test('sees another outcome, another rule, and effects that are not those of the step', () => {
    expect(objection(changed(1, { outcome: 'ENOMEM' }))).toContain('gives ok, the trace says ENOMEM')
    expect(objection(changed(1, { rule: 'vfio.map/enomem' }))).toContain('fails by no rule')
    expect(objection(changed(1, { effects: { changed: {} } }))).toContain('leads to another state')
    expect(objection(changed(1, { effects: { changed: { nothing: [] } } }))).toContain('which no state has')
  })
})

function countsOf(system: System): RefereeCounts {
  const { states, transitions, depth } = explore(system, makeOwnMemory(system.packing, 100_000), { exhaust: true })
  return { states, transitions, depth }
}

const small = proofs()
  .map(({ setup: one }) => ({ ...one, scope: { ...one.scope, ...scope } }))
  .filter(({ driver, parts }, index) => index % 23 === 0 && driver !== 'none' && parts === undefined)
  .flatMap((one) => {
    const built = buildMachine(one)
    return built.ok ? [{ name: `${one.design} ${one.driver} ${one.platform}`, machine: built.value.machine }] : []
  })
  .slice(0, 6)

/** A system that forgets one successor in so many. */
const forgetting = (system: ModelSystem, every: number): System => {
  let count = 0
  const lossy = Object.create(system) as ModelSystem
  lossy.forEachSuccessor = (visitor: SuccessorVisitor) => {
    const before = system.words.slice()
    system.forEachSuccessor({
      successor: (...told) => {
        count += 1
        if (count % every === 0) system.words.set(before)
        else visitor.successor(...told)
      },
    })
  }
  return lossy
}

describe('a count by the plainest search', () => {
  test.for(small)('is that of the search on $name', ({ machine: m }) => {
    expect(countsOf(new ModelSystem(m, []))).toEqual(countStates(m))
  })

  test('shows a search that loses successors', () => {
    const right = countStates(machine)
    expect(countsOf(new ModelSystem(machine, []))).toEqual(right)
    expect(countsOf(forgetting(new ModelSystem(machine, []), 50)).transitions).toBeLessThan(right.transitions)
  })

  test('shows a search with a wrong hash', () => {
    const { take } = SuccessorBuffer.prototype
    let count = 0
    const wrong = vi.spyOn(SuccessorBuffer.prototype, 'take').mockImplementation(function (
      this: SuccessorBuffer,
      ...of
    ) {
      take.apply(this, of)
      count += 1
      if (count % 1000 === 0) this.sums[this.count] = (this.sums[this.count] ?? 0) + 1
    })
    const { states } = countsOf(new ModelSystem(machine, []))
    wrong.mockRestore()
    expect(states).toBeGreaterThan(countStates(machine).states)
  })
})

const symmetric = { pages: 2, pagesPerSuperpage: 2, devices: 1, teardown: false, requests: 'pages' } as const
const onlyPages = { vcpus: false, devices: false, superpages: false, pages: true }
const onePage = { pages: 1, pagesPerSuperpage: 1 }
/** One where pages can be exchanged, one where vCPUs can, and one where they are both kept apart. */
const opened = must(buildMachine({ ...setup, design: 'on-demand-4k', scope: { ...symmetric, vcpus: 1 } }))
const twoVcpus = must(buildMachine({ ...setup, design: 'pin-all', scope: { ...scope, ...onePage, vcpus: 2 } }))
const inOrder = must(
  buildMachine({ ...setup, design: 'on-demand-4k', scope: { ...symmetric, vcpus: 1, requests: 'both' } }),
)
/** One whose driver cuts superpages, and one that is torn down, from when on pages are kept apart. */
const cutting = must(
  buildMachine({ ...setup, design: 'hitless-cut', driver: 'hitless-cut', scope: { ...symmetric, vcpus: 1 } }),
)
const tornDown = must(
  buildMachine({ ...setup, design: 'on-demand-4k', scope: { ...symmetric, vcpus: 1, teardown: true } }),
)
/** Units that count faults, and units that keep an address of each. */
const ofOnePage = (design: string, more: MachineConfigInput['scope'], parts: Part[]) =>
  must(buildMachine({ ...setup, design, scope: { ...scope, ...onePage, ...more }, parts }))
const counting = ofOnePage('on-demand-4k', {}, ['faultCount'])
const recording = ofOnePage('on-demand-4k', {}, ['faultRing'])
/** Guests that read and write, with a frame for each side and with one for both, and with a device that reaches it. */
const guestParts: Part[] = ['secureEpt', 'content']
const reading = ofOnePage('on-demand-4k', { start: 'private' }, guestParts)
const readingInPlace = ofOnePage('on-demand-4k', { start: 'private', backing: 'in-place' }, guestParts)
const reached = ofOnePage('pin-all', { start: 'private', backing: 'in-place' }, guestParts)
type Built = typeof opened

/** Judges the form that a search up to symmetry stores, after something has been done to it. */
function judged({ machine: m, host }: Built, change: (s: State) => void = () => undefined, symmetries?: Symmetries) {
  const s = m.blankState()
  const canonical = new Canonical(m, s, symmetries ?? symmetriesOf(m, host))
  const bring = (state: State) => {
    s.bytes.set(state.bytes)
    canonical.apply()
    change(s)
    state.bytes.set(s.bytes)
  }
  return judgeForm(m, bring, properties, (state) => state.closed[0] !== 0)
}

describe('the second opinion on a form up to symmetry', () => {
  test.each([
    ['pages', opened],
    ['vCPUs', twoVcpus],
    ['pages of a superpage that is cut', cutting],
    ['pages up to teardown', tornDown],
    ['counts of faults', counting],
    ['contents that the guest cannot read', reading],
    ['contents that the guest cannot read, in place', readingInPlace],
    ['contents that the guest cannot read where devices reach its memory', reached],
  ] as const)('of %s has nothing against the right one, and counts as many forms as the search', (_, built) => {
    const { counts, forms, objection: wrong } = judged(built)
    const { machine: m, host } = built
    expect(wrong).toBeUndefined()
    expect(forms).toBeLessThan(counts.states)
    expect(forms).toBe(countsOf(new ModelSystem(m, [], symmetriesOf(m, host))).states)
  })

  test('sees images of a state in which DMA stays where it was while the pages change places', () => {
    const prototype = PageImages.prototype as unknown as { writeDma(): void }
    const planted = vi.spyOn(prototype, 'writeDma').mockReturnValue()
    expect(judged(opened).objection).toContain('a form does not do what its states do')
    planted.mockRestore()
  })

  test('sees a form in which a cursor over superpages moves with a page', () => {
    const prototype = PageImages.prototype as unknown as {
      shiftOfHeld: (first: number, is: boolean, by: number) => number
    }
    const planted = vi.spyOn(prototype, 'shiftOfHeld').mockImplementation((_, __, shift) => shift)
    expect(judged(cutting).objection).toContain('a form does not do what its states do')
    planted.mockRestore()
  })

  test('sees a form that forgets how many faults there are where each is kept', () => {
    const { vcpus, devices, superpages, pages } = symmetriesOf(recording.machine, recording.host)
    const forgetting = { vcpus, devices, superpages, pages, faults: true }
    expect(judged(recording, undefined, forgetting).objection).toContain('a form does not do what its states do')
  })

  test('sees a form that forgets contents where ACCEPT leaves what was in the frame', () => {
    const accept = rows[kindIndex('tdg.mem.page.accept')]
    if (accept === undefined) throw new Error('TDX has TDG.MEM.PAGE.ACCEPT')
    const { apply } = accept
    const planted = vi.spyOn(accept, 'apply').mockImplementation((m, s, a) => {
      const before = s.tag.slice()
      apply(m, s, a)
      s.tag.set(before)
    })
    const { objection: wrong } = judged(readingInPlace)
    planted.mockRestore()
    expect(wrong).toContain('a form does not do what its states do')
  })

  test('sees a form that forgets what DMA could expect where that is judged, and there alone', () => {
    const bring = (s: State) => s.dmaShared.fill(0)
    const others = properties.filter((one) => one !== property)
    expect(judgeForm(machine, bring, others).objection).toBeUndefined()
    expect(judgeForm(machine, bring, properties).objection).toContain('a form does not do what its states do')
  })

  test('sees a form that takes pages for alike while teardown walks them', () => {
    const { machine: m } = tornDown
    const images = [m.blankState(), m.blankState()] as const
    const wrong = new PageImages(m, images[0], images[1], true)
    const [exchange] = permutationsOf(m, images[0], { ...onlyPages, superpages: false })
    if (exchange === undefined) throw new Error('two pages can be exchanged')
    const bring = (s: State) => {
      images[0].bytes.set(s.bytes)
      wrong.normalise()
      wrong.write(exchange)
      const [one, other] = images.map(({ bytes }) => bytes)
      s.bytes.set(Buffer.compare(one, other) < 0 ? one : other)
    }
    expect(judgeForm(m, bring, properties).objection).toContain('form')
  })

  test('sees a form that forgets a field', () => {
    expect(judged(opened, (s) => s.dmaGfn.fill(0)).objection).toContain('form')
  })

  test('sees a form by a symmetry that the machine does not have', () => {
    expect(judged(inOrder, undefined, onlyPages).objection).toContain('form')
  })
})
