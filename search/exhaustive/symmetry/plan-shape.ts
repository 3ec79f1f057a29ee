import { rows } from '../../../model/actions/relation.js'
import { initialState } from '../../../model/initial-state.js'
import type { Machine } from '../../../model/machine/machine.js'
import type { Host, Plan } from '../../../model/plan/plan.js'

/** How many pages a plan walks one after the other: one, those of one superpage, or more. */
export const Span = { One: 0, Superpage: 1, All: 2 } as const

/** What the plans of a host do that tells pages, or devices, apart. */
export interface PlanShape {
  /** The longest walk of a conversion, and the loop that takes it. */
  readonly walk: number
  readonly loop: string
  /** Why pages are told apart by where they are, if they are. */
  readonly placed: string | undefined
  /** A plan names devices by their numbers. */
  readonly namesDevices: boolean
}

/** Steps to which a page's place in the guest matters, and why. */
const placed: Readonly<Record<string, string>> = {
  'vmm.check-pool': 'the pool is the first superpage',
  'kvm.split-slot': 'slots are counted by the holes beside them',
  'kvm.join-slot': 'slots are counted by the holes beside them',
}

/**
 * Reads a host's plans, by the names of their ranges and loops. A name that is not known stands for all pages: what
 * cannot be told is taken for a difference.
 */
export function planShapeOf(m: Machine, host: Host): PlanShape {
  const conversions = [host.toPrivate, host.toShared, host.undoPrivate, host.undoShared]
  let mapping = mappingsAtStart(m)
  let reader = new Reader(m, host, mapping)
  for (;;) {
    for (const plan of conversions) reader.read(plan, Span.All, Span.All)
    if (reader.mapped <= mapping) break
    mapping = reader.mapped
    reader = new Reader(m, host, mapping)
  }
  const { walk, loop } = reader
  const code = m.program.code.filter(({ kind }) => kind >= 0)
  const found = code.find(({ label }) => label in placed)
  return {
    walk,
    loop,
    placed: host.bootRequest ? 'the guest asks for the first superpage at boot' : placed[found?.label ?? ''],
    namesDevices: code.some(({ kind }) => rows[kind].parameters.includes('device')),
  }
}

/** The longest mapping that the boot plan leaves. */
function mappingsAtStart(m: Machine): number {
  const { mapLength } = initialState(m)
  return Math.max(Span.One, ...Array.from(mapLength, (length, first) => sizeOf(m, first, length)))
}

function sizeOf(m: Machine, first: number, length: number): number {
  if (length <= 1) return Span.One
  return (first % m.perSuper) + length <= m.perSuper ? Span.Superpage : Span.All
}

class Reader {
  walk: number = Span.One
  loop = ''
  /** The longest range that a conversion maps in one call. */
  mapped: number = Span.One
  private readonly chunk: number

  constructor(
    m: Machine,
    private readonly host: Host,
    private readonly mapping: number,
  ) {
    this.chunk = m.scope.requests === 'pages' || m.perSuper === 1 ? Span.One : Span.Superpage
  }

  /** @param call how long the range of the call around the plan is @param run how long a run of the loop around it */
  read(plan: Plan, call: number, run: number): void {
    for (const node of plan) {
      if ('each' in node) {
        const size = this.sizeOfLoop(node.each.name, call, run)
        if (size > this.walk) {
          this.walk = size
          this.loop = node.each.name
        }
        this.read(node.body, call, node.each.name.includes(' run of ') ? size : run)
      } else if ('when' in node) this.read(node.body, call, run)
      else if ('call' in node) {
        const size = this.sizeOfRange(node.on.name, call, run)
        if (node.call === 'map') this.mapped = Math.max(this.mapped, size)
        this.read(this.host.calls[node.call].body, size, run)
        this.read(this.host.calls[node.call].undo, size, run)
      }
    }
  }

  private sizeOfLoop(name: string, call: number, run: number): number {
    if (name === 'each unit' || name === 'each device') return Span.One
    if (name === 'each mapping of the call') return call
    const range = rangeNames.find((known) => name.endsWith(` of ${known}`))
    return range === undefined ? Span.All : this.sizeOfRange(range, call, run)
  }

  private sizeOfRange(name: string, call: number, run: number): number {
    switch (name) {
      case 'page':
        return Span.One
      case 'chunk':
        return this.chunk
      case 'call':
        return call
      case 'run':
        return run
      case 'area':
        return this.mapping
      case 'hull':
      case 'left of chunk':
      case 'right of chunk':
        return Math.max(this.chunk, this.mapping)
      case 'superpage at cursor':
      case 'covering superpages':
        return Span.Superpage
      default:
        return Span.All
    }
  }
}

/** The longest first: `left of chunk` ends like `chunk`. */
const rangeNames = [
  'covering superpages',
  'superpage at cursor',
  'right of chunk',
  'left of chunk',
  'chunk',
  'call',
  'area',
  'hull',
  'page',
  'run',
]
