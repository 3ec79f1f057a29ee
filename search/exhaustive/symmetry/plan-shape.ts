import { kindIndex, kindOf, rows } from '../../../model/actions/relation.js'
import type { Row } from '../../../model/actions/row.js'
import { initialState } from '../../../model/initial-state.js'
import type { Machine } from '../../../model/machine/machine.js'
import { exists } from '../../../model/plan/compiler.js'
import type { CallName, Host, Node, Plan, Span, Step } from '../../../model/plan/plan.js'

/** How many pages a plan walks one after the other: one, those of one superpage, or more. */
export const Reach = { One: 0, Superpage: 1, All: 2 } as const

/** Outside of calls and loops nothing is said of what there is. */
const everything: Around = { call: Reach.All, run: Reach.All, mapping: Reach.All, area: Reach.All }

/** What the plans of a host do that tells pages, or devices, apart. */
export interface PlanShape {
  /** The longest walk of a conversion, and the loop that takes it. */
  readonly walk: number
  readonly loop: string
  /** Whether a conversion maps several pages in one call. */
  readonly mapsRuns: boolean
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
    for (const plan of conversions) reader.read(plan, everything)
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
    mapsRuns: reader.mapped > Reach.One,
    placed: placedBy(m, host) ?? places[0],
    namesDevices: code.some(({ kind }) => rows[kind].parameters.includes('device')),
  }
}

function placedBy(m: Machine, host: Host): string | undefined {
  const { scope } = m
  if (host.bootRequest) return 'the guest asks for the first superpage at boot'
  if (mapsParts(m)) return 'boot maps some pages of a superpage and not the rest'
  if (scope.slotChanges) return 'a slot is a superpage, and its pages go and come in order'
  return scope.hotplug ? 'a device that comes or goes has all pages walked in order' : undefined
}

function placeMatters(row: Row): string[] {
  return row.by === 'plan' && row.placeMatters !== false ? [row.placeMatters] : []
}

/** Whether the boot plan leaves a mapping of several pages that is not of whole superpages. */
function mapsParts(m: Machine): boolean {
  const { mapLength } = initialState(m)
  return mapLength.some((length, first) => length > 1 && (first % m.perSuper) + (length % m.perSuper) > 0)
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

/** How many pages there are, at a place of a plan, in what its ranges and loops are taken from. */
interface Around {
  /** In the range of the call around it. */
  readonly call: number
  /** In a run of the loop around it. */
  readonly run: number
  /** In a mapping that meets the range of the call. */
  readonly mapping: number
  /** In the area at which it works: the call's own mapping, or that of a loop over mappings. */
  readonly area: number
}

class Reader {
  walk: number = Reach.One
  loop = ''
  /** The longest range that a conversion maps in one call. */
  mapped: number = Reach.One
  private readonly chunk: number

  constructor(
    private readonly m: Machine,
    private readonly host: Host,
    private readonly mapping: number,
  ) {
    this.chunk = m.scope.requests === 'pages' || m.perSuper === 1 ? Reach.One : Reach.Superpage
  }

  read(plan: Plan, around: Around): void {
    let here = around
    for (const node of plan) {
      if (!exists(node, this.m)) continue
      if ('each' in node) this.readLoop(node, here)
      else if ('when' in node) this.read(node.body, here)
      else if ('call' in node) this.readCall(node, here)
      else if ('row' in node && refusesCuts(node)) here = { ...here, mapping: here.call, area: here.call }
    }
  }

  private readLoop({ each, body }: Extract<Node, { each: unknown }>, around: Around): void {
    const size = this.sizeOf(each.span, around)
    if (size > this.walk) {
      this.walk = size
      this.loop = each.name
    }
    if (each.finds === 'run') this.read(body, { ...around, run: size })
    else this.read(body, each.finds === 'mapping' ? { ...around, area: around.mapping } : around)
  }

  /** An undo is read as if each step before it could have been the one that failed. */
  private readCall({ call, on }: Extract<Node, { call: CallName }>, around: Around): void {
    const size = this.sizeOf(on.span, around)
    if (call === 'map') this.mapped = Math.max(this.mapped, size)
    const { body, undo } = this.host.calls[call]
    const inside = { ...around, call: size, mapping: this.mapping, area: size }
    this.read(body, inside)
    this.read(undo, body.some(goesOverMappings) ? { ...inside, area: this.mapping } : inside)
  }

  private sizeOf(span: Span, { call, run, area }: Around): number {
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
        return area
      case 'hull':
        return Math.max(this.chunk, this.mapping)
      case 'all':
        return Reach.All
    }
  }
}

/** Whether what follows a step works on mappings that its call's range does not cut. */
function refusesCuts({ row, fail }: Step): boolean {
  const kind = kindOf(row)
  const at = kind && rows[kindIndex(kind)]
  return at?.by === 'plan' && at.refusesCuts && fail !== 'ignore'
}

const goesOverMappings = (node: Node): boolean =>
  ('each' in node && node.each.finds === 'mapping') || ('body' in node && node.body.some(goesOverMappings))
