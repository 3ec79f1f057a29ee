import type { Machine } from '../../../model/machine/machine.js'
import type { State } from '../../../model/machine/state.js'
import type { Host } from '../../../model/plan/plan.js'
import { type Property, properties } from '../../../properties/index.js'
import { DeviceSymmetry } from './devices.js'
import { PageImages } from './pages.js'
import { type Permutation, permutationOf } from './permutation.js'
import { type PlanShape, planShapeOf, Reach } from './plan-shape.js'
import { forgetUnread, type Unread, unreadNames, unreadOf } from './unread.js'
import { VcpuSymmetry } from './vcpus.js'

/** What a search may take to be interchangeable, and what it may forget. */
export interface Symmetries extends Unread {
  readonly vcpus: boolean
  readonly devices: boolean
  /** Whole superpages, with their pages in order. */
  readonly superpages: boolean
  /** Pages inside a superpage. */
  readonly pages: boolean
}

/** The symmetries that a machine has, with the reason for each that it does not have. */
export interface SymmetryChoice extends Symmetries {
  /** `vCPUs`, `vCPUs and superpages`, `nothing`. */
  readonly used: string
  /** `vCPUs; not devices: there is one; not superpages: teardown walks them in order`. */
  readonly label: string
}

/**
 * What a search may use that looks for fair cycles: the symmetry of two vCPUs (`UnfoldedSteps`), and counts of faults,
 * which change no step but those that clear them. Nothing owes these, and a run that goes around forever comes to the
 * same counts again.
 *
 * @param asked what is judged
 * @returns undefined if there is nothing of it
 */
export function symmetriesOfLoops(m: Machine, asked: readonly Property[]): SymmetryChoice | undefined {
  const vcpus = m.scope.vcpus === 2
  const { faults } = unreadOf(m, asked)
  if (!vcpus && !faults) return undefined
  const used = [...(vcpus ? ['vCPUs'] : []), ...unreadNames({ faults })].join(' and ')
  return { vcpus, devices: false, superpages: false, pages: false, faults, used, label: used }
}

/** More ways to exchange pages than this cost more than they spare. */
const maxExchanges = 200

/**
 * Finds, from the scope, the parts and the host's plans, which vCPUs, devices and pages can be exchanged in every state
 * without a difference to what may happen next and to what is judged. When in doubt it finds none.
 *
 * @param asked what is judged
 */
export function symmetriesOf(m: Machine, host: Host, asked: readonly Property[] = properties): SymmetryChoice {
  const planShape = planShapeOf(m, host)
  const unread = unreadOf(m, asked)
  const why = {
    vCPUs: m.scope.vcpus === 1 ? 'there is one' : undefined,
    devices: devicesDiffer(m, planShape),
    superpages: m.regions === 1 ? 'there is one' : (pagesDiffer(m, planShape) ?? superpagesDiffer(m, planShape)),
    'pages of a superpage':
      m.perSuper === 1 ? 'each has one' : (pagesDiffer(m, planShape) ?? pagesInsideDiffer(m, planShape)),
  }
  const same = Object.entries(why).flatMap(([name, reason]) => (reason === undefined ? [name] : []))
  const used = [...same, ...unreadNames(unread)]
  const left = Object.entries(why).flatMap(([name, reason]) => (reason === undefined ? [] : [`not ${name}: ${reason}`]))
  return {
    vcpus: why.vCPUs === undefined,
    devices: why.devices === undefined,
    superpages: why.superpages === undefined,
    pages: why['pages of a superpage'] === undefined,
    ...unread,
    used: used.length === 0 ? 'nothing' : used.join(' and '),
    label: [used.length === 0 ? 'none' : used.join(', '), ...left].join('; '),
  }
}

function devicesDiffer({ scope, trusted }: Machine, planShape: PlanShape): string | undefined {
  if (trusted > 0) return 'the guest trusts some'
  if (scope.devices <= scope.units) return scope.devices === 1 ? 'there is one' : 'each unit has one'
  return planShape.namesDevices ? 'a plan takes them one after the other' : undefined
}

function pagesDiffer(m: Machine, planShape: PlanShape): string | undefined {
  const { scope, parts, platform } = m
  if (scope.calls) return 'raw calls take any range'
  if (scope.frames === 'pool') return 'a common pool gives out its frames in order'
  if (scope.endsAtTop) return 'the last one ends at the top of the address space'
  if (m.trusted > 0) return 'units cache pages for devices that the guest trusts'
  if (scope.devicePages > 0) return 'some are memory of a device'
  if (parts.faultRing) return 'fault records keep addresses'
  if (m.rmp && platform.rmpEntries === 'largest') return 'an RMP fault zaps what lies behind the page'
  return planShape.placed
}

function superpagesDiffer({ scope }: Machine, { walk, loop }: PlanShape): string | undefined {
  if (scope.requests === 'both') return 'a request for two is done in order (requests=pages has none)'
  return walk > Reach.Superpage ? `a plan walks them in order (${loop})` : undefined
}

function pagesInsideDiffer({ scope }: Machine, { walk, loop, mapsRuns }: PlanShape): string | undefined {
  if (scope.requests !== 'pages') return 'a request for several is done in order (requests=pages has none)'
  if (walk > Reach.One) return `a plan walks them in order (${loop})`
  return mapsRuns ? 'a plan maps several in one call' : undefined
}

/** Brings states to one form for all that differ only in which vCPU, device or page is which, or in what none reads. */
export class Canonical {
  private readonly words: Int32Array
  private readonly best: Int32Array
  private readonly imageWords: Int32Array
  private readonly sorters: readonly { sort(): void }[]
  private readonly imageSorters: readonly { sort(): void }[]
  private readonly vcpus: VcpuSymmetry
  private readonly images: PageImages
  private readonly exchanges: readonly Permutation[]
  /** One number per page, by page, that moves with the page when pages are exchanged (`PageImages.sign`). */
  private readonly signature: Int32Array

  /** @param s the state that is brought to its form, in place */
  constructor(
    private readonly m: Machine,
    private readonly s: State,
    private readonly symmetries: Symmetries,
  ) {
    const image = m.blankState()
    this.words = new Int32Array(s.bytes.buffer)
    this.best = new Int32Array(this.words.length)
    this.imageWords = new Int32Array(image.bytes.buffer)
    this.vcpus = new VcpuSymmetry(m, s)
    this.sorters = sortersOf(m, s, symmetries, this.vcpus)
    this.imageSorters = sortersOf(m, image, symmetries, new VcpuSymmetry(m, image))
    this.images = new PageImages(m, s, image, symmetries.pages)
    this.exchanges = permutationsOf(m, s, symmetries)
    this.signature = new Int32Array(m.pages)
  }

  /** Whether pages are exchanged: then what a step touched is elsewhere in the form. */
  get movesPages(): boolean {
    return this.exchanges.length > 0
  }

  /** Whether the form is that of a state with its two vCPUs exchanged, and what else `apply` did to it. */
  get swapsVcpus(): boolean {
    return this.vcpus.isSwapped
  }

  /** Forgets what nothing reads, and exchanges nothing. */
  forget(): void {
    forgetUnread(this.m, this.s, this.symmetries)
  }

  /** Exchanges the first two vCPUs of the state. */
  swapVcpus(): void {
    this.vcpus.swap(0, 1)
  }

  /** Makes sure, when teardown begins, of what the symmetry of vCPUs relies on. */
  checkTeardown(): void {
    if (this.symmetries.vcpus) this.vcpus.checkTeardown()
  }

  /**
   * Brings the state to its form: among its images under all exchanges the one that comes first. Teardown walks the
   * pages in order: from then on none is exchanged.
   */
  apply(): void {
    const movesPages = this.movesPages && this.s.closed[0] === 0
    this.forget()
    if (movesPages) this.images.normalise()
    for (const sorter of this.sorters) sorter.sort()
    if (movesPages) this.leastImage()
  }

  /**
   * Brings the state, which is a form, to each of its images in turn, for a step that tells pages apart. The visitor
   * puts the form back.
   */
  forEachImage(visit: () => void): void {
    const { words, imageWords } = this
    visit()
    for (let at = 0; at < this.exchanges.length; at += 1) {
      this.writeImage(this.exchanges[at])
      for (let word = 0; word < words.length; word += 1) words[word] = imageWords[word]
      visit()
    }
  }

  /**
   * Only images that put the pages' signatures in the least order can be the form. Most states have one such image,
   * so that most permutations cost one comparison.
   */
  private leastImage(): void {
    const { exchanges } = this
    this.images.sign(this.signature)
    let least: Permutation | undefined
    for (let at = 0; at < exchanges.length; at += 1) if (this.compare(exchanges[at], least) < 0) least = exchanges[at]
    if (least === undefined) this.keep(this.words)
    else this.keepImage(least)
    for (let at = 0; at < exchanges.length; at += 1) {
      const exchange = exchanges[at]
      if (exchange !== least && this.compare(exchange, least) === 0) this.keepIfLess(exchange)
    }
    if (least !== undefined && this.compare(undefined, least) === 0) this.keepWordsIfLess(this.words)
    const { words, best } = this
    for (let at = 0; at < words.length; at += 1) words[at] = best[at]
  }

  /** How the signatures are ordered after two exchanges of pages; undefined changes nothing. */
  private compare(a: Permutation | undefined, b: Permutation | undefined): number {
    const { signature } = this
    for (let at = 0; at < signature.length; at += 1) {
      const difference = signature[a === undefined ? at : a.from[at]] - signature[b === undefined ? at : b.from[at]]
      if (difference !== 0) return difference
    }
    return 0
  }

  private keepImage(exchange: Permutation): void {
    this.writeImage(exchange)
    this.keep(this.imageWords)
  }

  private keepIfLess(exchange: Permutation): void {
    this.writeImage(exchange)
    this.keepWordsIfLess(this.imageWords)
  }

  private writeImage(exchange: Permutation): void {
    this.images.write(exchange)
    for (const sorter of this.imageSorters) sorter.sort()
  }

  private keep(words: Int32Array): void {
    const { best } = this
    for (let at = 0; at < best.length; at += 1) best[at] = words[at]
  }

  private keepWordsIfLess(words: Int32Array): void {
    const { best } = this
    let at = 0
    while (at < best.length && words[at] === best[at]) at += 1
    if (at < best.length && words[at] < best[at]) this.keep(words)
  }
}

function sortersOf(m: Machine, s: State, { vcpus, devices }: Symmetries, ofVcpus: VcpuSymmetry): { sort(): void }[] {
  return [...(vcpus ? [ofVcpus] : []), ...(devices ? [new DeviceSymmetry(m, s)] : [])]
}

/** All ways to exchange pages but the one that changes nothing; those inside superpages only if there are few. */
export function permutationsOf(m: Machine, s: State, { superpages, pages }: Symmetries): Permutation[] {
  const regions = superpages ? ordersOf(m.regions) : [range(m.regions)]
  const inside = pages ? ordersOf(m.perSuper) : [range(m.perSuper)]
  let maps = regions.map((to) => to.map((region) => ({ region, inside: range(m.perSuper) })))
  if (pages && regions.length * inside.length ** m.regions <= maxExchanges) {
    for (let region = 0; region < m.regions; region += 1) {
      maps = maps.flatMap((map) => inside.map((order) => map.with(region, { ...map[region], inside: order })))
    }
  }
  return maps
    .map((map) => map.flatMap(({ region, inside }) => inside.map((offset) => region * m.perSuper + offset)))
    .filter((page) => page.some((to, from) => to !== from))
    .map((page) => permutationOf(m, s.owner.length, page))
}

const range = (length: number): number[] => Array.from({ length }, (_, at) => at)

/** All orders of so many things, or the one that there is, if they would be too many. */
function ordersOf(count: number): number[][] {
  if (count > 5) return [range(count)]
  if (count === 0) return [[]]
  return ordersOf(count - 1).flatMap((order) => range(count).map((at) => order.toSpliced(at, 0, count - 1)))
}
