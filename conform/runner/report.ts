import type { RefusedCase } from '../cases/case-queue.js'
import type { BoundaryCases } from '../cases/container.js'
import type { LitmusCases } from '../cases/litmus/index.js'
import type { Divergence } from '../oracle/check.js'
import type { InterfaceName, Observation } from '../protocol/messages.js'
import type { Sequence } from '../protocol/sequence.js'
import type { Reproduces } from './confirm.js'

/**
 * A kind of divergence: the first of its kind, shrunk, how it reproduces, and how often that kind was met.
 *
 * @example
 * report.value.divergences.map(({ times, isShrunk }: Found) => `${times} times${isShrunk ? '' : ', not shrunk'}`)
 */
export interface Found {
  readonly divergence: Divergence
  /** Whether shrinking tried everything. */
  readonly isShrunk: boolean
  readonly reproduces: Reproduces
  /** Names of the sequences that its process was asked just before, if none are known that it needs. */
  readonly before: readonly string[]
  readonly times: number
}

/** What was checked: the target by its own name, the platforms that it may be, and what it promised to observe. */
export interface ReportSubject {
  readonly target: string
  readonly platforms: readonly string[]
  readonly observes: readonly Observation[]
}

/** When a divergence was met. */
export interface FoundAt {
  /** Since the run began. */
  readonly seconds: number
  /** How many sequences had been asked by then, this one included. */
  readonly sequences: number
  /** The sequence's name. */
  readonly from: string
}

/**
 * What a conformance run found.
 *
 * @example
 * const { divergences }: Report = report.value
 */
export interface Report extends ReportSubject {
  readonly interface: InterfaceName
  readonly sequences: number
  readonly calls: number
  readonly divergences: readonly Found[]
  /** The first divergence, of any kind. */
  readonly first?: FoundAt
  /** The fixed list, and the cases of it that the target cannot be asked. */
  readonly boundary: Pick<BoundaryCases, 'cases' | 'leftOut'>
  /** Saved sequences of this interface that cannot be asked now. */
  readonly refused: readonly RefusedCase[]
  /** Tests of the litmus catalogue, and those that the interface cannot express, with the reasons. */
  readonly litmus: Pick<LitmusCases, 'files' | 'unsaid'>
  readonly seconds: number
  /** Why the run ended early; undefined if it did not. */
  readonly cut?: string
}

/** A kind of divergence with the keys of the kinds that are one fault with it. */
export interface Met {
  readonly kinds: readonly string[]
  readonly found: Found
}

/** What was found of a block of sequences. */
export interface BlockReport {
  readonly report: Report
  /** Its divergences, with what tells whether those of another block are the same. */
  readonly met: readonly Met[]
  /**
   * Whether all was asked that the target lets be asked, or a bound of time, ^C or a start that failed left sequences
   * open. `given up`: after so many kinds of divergence, or processes that failed, nothing more is asked.
   */
  readonly ended: 'whole' | 'given up' | 'open'
}

/** Names of sequences, at most. */
const maxNames = 8

/**
 * Kinds of divergence, counted: two are one kind if the call, the reply and the expected reply are alike, or if what
 * shrinking left of them is one fault.
 */
export class DivergenceKinds {
  /** Kinds that are one fault have one entry. */
  private readonly kinds = new Map<string, { found: Found }>()

  get size(): number {
    return this.entries().length
  }

  get all(): readonly Found[] {
    return this.entries().map(({ found }) => found)
  }

  get met(): readonly Met[] {
    return this.entries().map((entry) => {
      const kinds = [...this.kinds].flatMap(([key, one]) => (one === entry ? [key] : []))
      return { kinds, found: entry.found }
    })
  }

  /** Adds what another block of sequences met: what is of a known kind, or one fault with one, is counted there. */
  join(others: readonly Met[]): void {
    for (const { kinds, found } of others) {
      const known =
        kinds.flatMap((key) => this.kinds.get(key) ?? []).at(0) ??
        this.entries().find((entry) => isOneFault(entry.found, found))
      const entry = known ?? { found }
      if (known !== undefined) known.found = { ...known.found, times: known.found.times + found.times }
      for (const key of kinds) if (!this.kinds.has(key)) this.kinds.set(key, entry)
    }
  }

  /** @returns whether it is the first of its kind */
  add(divergence: Divergence, asked: readonly Sequence[]): boolean {
    const before = asked.slice(-maxNames).map(({ from }) => from)
    const key = kindOf(divergence)
    const known = this.kinds.get(key)
    const first: Found = { divergence, isShrunk: false, reproduces: 'unknown', before, times: 1 }
    if (known === undefined) this.kinds.set(key, { found: first })
    else known.found = { ...known.found, times: known.found.times + 1 }
    return known === undefined
  }

  /**
   * Replaces the first of a kind by what shrinking left of it.
   *
   * @returns undefined if that is a fault that another kind has shown already: the two are counted together
   */
  replace(first: Divergence, shrunk: Pick<Found, 'divergence' | 'isShrunk' | 'reproduces'>): Found | undefined {
    const key = kindOf(first)
    const { before, times } = this.kinds.get(key)?.found ?? { before: [], times: 1 }
    const found: Found = { ...shrunk, before, times }
    const known = this.entries().find((entry) => entry !== this.kinds.get(key) && isOneFault(entry.found, found))
    if (known !== undefined) known.found = { ...known.found, times: known.found.times + times }
    this.kinds.set(key, known ?? { found })
    return known === undefined ? found : undefined
  }

  private entries(): { found: Found }[] {
    return [...new Set(this.kinds.values())]
  }
}

/** Whether two shrunk runs differ only in where they act, by which permissions, and in the direction of their DMA. */
function isOneFault(a: Found, b: Found): boolean {
  const areShown = [a, b].every(({ isShrunk, reproduces }) => isShrunk && reproduces === 'in isolation')
  return areShown && faultOf(a.divergence) === faultOf(b.divergence)
}

function faultOf({ sequence, seen, allowed }: Divergence): string {
  const { interface: on, kvm, superpage, entries, memlock } = sequence.setting
  const calls = sequence.calls.map((call) => [
    call.call === 'dma-read' || call.call === 'dma-write' ? 'dma' : call.call,
    'count' in call ? call.count : 0,
    'flaw' in call ? call.flaw : 'none',
  ])
  const rules = allowed.map((one) => [one.platform, ...one.rules.map(({ id }) => id)])
  return JSON.stringify([on, kvm, superpage, entries, memlock, calls, 'kind' in seen ? seen.kind : '', rules])
}

function kindOf({ sequence, seen, allowed }: Divergence): string {
  const call = sequence.calls.at(-1)
  const flaw = call !== undefined && 'flaw' in call ? call.flaw : ''
  const [expected] = allowed
  const came = 'kind' in seen ? seen.kind : `${expected?.field ?? ''} ${seen.outcome} ${seen.result ?? ''}`
  return [call?.call ?? 'reset', flaw, came, expected?.answer.outcome ?? ''].join(' ')
}
