import type { Machine } from '../model/machine/machine.js'
import { bodyOf, nodeName, nodeNames } from '../model/plan/node-names.js'
import type { Call, CallName, Host, Node, Plan } from '../model/plan/plan.js'

type Scoped = Pick<Machine, 'scope' | 'platform' | 'parts'>

/** Whose plan a change is in: the design's, its DMA driver's, or KVM's. */
export type PlanLayer = 'design' | 'driver' | 'kvm'

/** A host that differs from another in one place. */
export interface Mutant {
  /** Where and what: `unmap, each mapping of the call: drop iommu.wait`. Unique among a host's mutants. */
  readonly name: string
  readonly layer: PlanLayer
  readonly host: Host
}

interface Place {
  readonly name: string
  readonly layer: PlanLayer
  readonly plan: Plan
  /** Runs only after a failure. */
  readonly undo: boolean
  /** The scope field without which it never runs: devices, or memory slots, that come and go. */
  readonly needs: 'hotplug' | 'slotChanges' | undefined
  readonly put: (plan: Plan) => Host
}

interface Edit {
  readonly path: readonly string[]
  readonly what: string
  readonly plan: Plan
}

/**
 * Every host that differs in one place: a node left out, or two neighbours swapped, at every depth of every plan but
 * boot. A node that the machine compiles away has no part in it: neither is it left out, nor does it part neighbours.
 * The only node of a loop or branch is not left out on its own: that is to leave out the loop or branch.
 */
export function mutantsOf(host: Host, on: Scoped): Mutant[] {
  return places(host)
    .filter(({ undo, needs }) => (!undo || on.scope.failures > 0) && (needs === undefined || on.scope[needs]))
    .flatMap(({ name, layer, plan, put }) =>
      edits(plan, host, on).map((edit) => ({
        name: `${[name, ...edit.path].join(', ')}: ${edit.what}`,
        layer,
        host: put(edit.plan),
      })),
    )
}

function places(host: Host): Place[] {
  const plans = (['toPrivate', 'toShared', 'undoPrivate', 'undoShared', 'teardown'] as const).map(
    (name): Place => ({
      name,
      layer: name === 'teardown' ? 'driver' : 'design',
      plan: host[name],
      undo: name === 'undoPrivate' || name === 'undoShared',
      needs: undefined,
      put: (plan) => ({ ...host, [name]: plan }),
    }),
  )
  return [...plans, ...(Object.keys(host.calls) as CallName[]).flatMap((name) => placesOfCall(host, name))]
}

const callNeeds: Readonly<Partial<Record<CallName, Place['needs']>>> = {
  attach: 'hotplug',
  detach: 'hotplug',
  'delete-slot': 'slotChanges',
  'create-slot': 'slotChanges',
}

function placesOfCall(host: Host, name: CallName): Place[] {
  const needs = callNeeds[name]
  const layer = needs === 'hotplug' || name === 'map' || name === 'unmap' ? 'driver' : 'kvm'
  const put = (change: Partial<Call>): Host => ({
    ...host,
    calls: { ...host.calls, [name]: { ...host.calls[name], ...change } },
  })
  return [
    { name, layer, plan: host.calls[name].body, undo: false, needs, put: (body) => put({ body }) },
    { name: `undo of ${name}`, layer, plan: host.calls[name].undo, undo: true, needs, put: (undo) => put({ undo }) },
  ]
}

function edits(plan: Plan, host: Host, on: Scoped): Edit[] {
  const names = nodeNames(plan, label)
  const there = [...plan.keys()].filter((index) => isThere(plan[index], host, on))
  const drops = there.map((index) => edit(`drop ${names[index]}`, plan.toSpliced(index, 1)))
  const swaps = there.slice(1).map((second, at) => {
    const first = there[at]
    return edit(`swap ${names[first]} ↔ ${names[second]}`, plan.with(first, plan[second]).with(second, plan[first]))
  })
  return [...drops, ...swaps, ...there.flatMap((index) => inside(plan, index, names[index], host, on))]
}

const edit = (what: string, plan: Plan): Edit => ({ path: [], what, plan })

function inside(plan: Plan, index: number, name: string, host: Host, on: Scoped): Edit[] {
  const node = plan[index]
  const body = bodyOf(node)
  const isSingle = body.filter((inner) => isThere(inner, host, on)).length === 1
  return edits(body, host, on)
    .filter(({ path, what }) => !isSingle || path.length > 0 || !what.startsWith('drop '))
    .map(({ path, what, plan: changed }) => ({
      path: [name, ...path],
      what,
      plan: plan.with(index, 'each' in node ? { ...node, body: changed } : { ...node, body: changed }),
    }))
}

/** Whether anything of the node is left when it is compiled for the machine. */
function isThere(node: Node, host: Host, on: Scoped): boolean {
  if ('row' in node) {
    return (node.part === undefined || on.parts[node.part]) && (node.on === undefined || node.on(on))
  }
  if ('note' in node) return true
  if ('call' in node) return host.calls[node.call].body.some((inner) => isThere(inner, host, on))
  return bodyOf(node).some((inner) => isThere(inner, host, on))
}

function label(node: Node): string {
  const body = bodyOf(node)
  return body.length === 1 ? `${nodeName(node)} { ${label(body[0])} }` : nodeName(node)
}
