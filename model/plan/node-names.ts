import { lockNames } from '../machine/state.js'
import type { Node, Plan, Step } from './plan.js'

/** The list inside a loop or a branch; empty for any other node. */
export const bodyOf = (node: Node): Plan => ('each' in node || 'when' in node ? node.body : [])

/** Whether a node takes a lock. */
export const isAcquire = (node: Node): node is Step & { readonly lock: number } =>
  'row' in node && node.lock !== undefined

/** What a node is called: `iommu.wait`, `lock.acquire vm`, `each unit`, `when caching mode`, `call unmap on page`. */
export function nodeName(node: Node): string {
  if ('row' in node) return node.row.startsWith('lock.') ? `${node.row} ${lockOf(node)}` : node.row
  if ('note' in node) return `note ${node.note.name}`
  if ('call' in node) return `call ${node.call} on ${node.on.name}`
  return 'each' in node ? node.each.name : `when ${node.when.name}`
}

/**
 * Names of the nodes of one list; one that returns is numbered: `iommu.wait (2)`.
 *
 * @param name of one node
 */
export function nodeNames(plan: Plan, name: (node: Node) => string = nodeName): string[] {
  const all = plan.map(name)
  return all.map((own, index) => {
    const earlier = all.slice(0, index).filter((other) => other === own).length
    return earlier === 0 ? own : `${own} (${earlier + 1})`
  })
}

/** A lock's step has one parameter, which asks nothing of the machine. */
function lockOf(step: Extract<Node, { row: string }>): string {
  const [which] = step.args as readonly (() => number)[]
  return lockNames[which()]
}
