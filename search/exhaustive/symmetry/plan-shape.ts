import { rows } from '../../../model/actions/relation.js'
import type { Row } from '../../../model/actions/row.js'
import { initialState } from '../../../model/initial-state.js'
import type { Machine } from '../../../model/machine/machine.js'
import type { Host, Plan, Span } from '../../../model/plan/plan.js'

/** How many pages a plan walks one after the other: one, those of one superpage, or more. */
export const Reach = { One: 0, Superpage: 1, All: 2 } as const

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

/** Reads a host's plans, by the spans of their ranges and loops. */
export function planShapeOf(m: Machine, host: Host): PlanShape {
  const conversions = [host.toPrivate, host.toShared, host.undoPrivate, host.undoShared]
  let mapping = mappingsAtStart(m)
  let reader = new Reader(m, host, mapping)
  for (;;) {
    for (const plan of conversions) reader.read(plan, Reach.All, Reach.All)
    if (reader.mapped <= mapping) break
    mapping = reader.mapped
    reader = new Reader(m, host, mapping)
  }
  const { walk, loop } = reader
  const code = m.program.code.filter(({ kind }) => kind >= 0)
  const places = code.flatMap(({ kind }) => placeMatters(rows[kind]))
  return {
    walk,
    loop,
    placed: placedBy(m, host) ?? places[0],
    namesDevices: code.some(({ kind }) => rows[kind].parameters.includes('device')),
  }
}

function placedBy({ scope }: Machine, host: Host): string | undefined {
  if (host.bootRequest) return 'the guest asks for the first superpage at boot'
  if (scope.slotChanges) return 'a slot is a superpage, and its pages go and come in order'
  return scope.hotplug ? 'a device that comes or goes has all pages walked in order' : undefined
}

function placeMatters(row: Row): string[] {
  return row.by === 'plan' && row.placeMatters !== false ? [row.placeMatters] : []
}

/** The longest mapping that the boot plan leaves. */
function mappingsAtStart(m: Machine): number {
  const { mapLength } = initialState(m)
  return Math.max(Reach.One, ...Array.from(mapLength, (length, first) => sizeOf(m, first, length)))
}

function sizeOf(m: Machine, first: number, length: number): number {
  if (length <= 1) return Reach.One
  return (first % m.perSuper) + length <= m.perSuper ? Reach.Superpage : Reach.All
}

class Reader {
  walk: number = Reach.One
  loop = ''
  /** The longest range that a conversion maps in one call. */
  mapped: number = Reach.One
  private readonly chunk: number

  constructor(
    m: Machine,
    private readonly host: Host,
    private readonly mapping: number,
  ) {
    this.chunk = m.scope.requests === 'pages' || m.perSuper === 1 ? Reach.One : Reach.Superpage
  }

  /** @param call how long the range of the call around the plan is @param run how long a run of the loop around it */
  read(plan: Plan, call: number, run: number): void {
    for (const node of plan) {
      if ('each' in node) {
        const size = this.sizeOf(node.each.span, call, run)
        if (size > this.walk) {
          this.walk = size
          this.loop = node.each.name
        }
        this.read(node.body, call, node.each.finds === 'run' ? size : run)
      } else if ('when' in node) this.read(node.body, call, run)
      else if ('call' in node) {
        const size = this.sizeOf(node.on.span, call, run)
        if (node.call === 'map') this.mapped = Math.max(this.mapped, size)
        this.read(this.host.calls[node.call].body, size, run)
        this.read(this.host.calls[node.call].undo, size, run)
      }
    }
  }

  private sizeOf(span: Span, call: number, run: number): number {
    switch (span) {
      case 'page':
        return Reach.One
      case 'superpage':
        return Reach.Superpage
      case 'chunk':
        return this.chunk
      case 'call':
        return call
      case 'run':
        return run
      case 'mapping':
        return this.mapping
      case 'hull':
        return Math.max(this.chunk, this.mapping)
      case 'all':
        return Reach.All
    }
  }
}
