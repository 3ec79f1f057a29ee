import { ccaCalls } from '../designs/drivers/architectures/kvm-cca.js'
import { connectCalls } from '../designs/drivers/architectures/kvm-connect.js'
import { coveCalls } from '../designs/drivers/architectures/kvm-cove.js'
import { pkvmCalls } from '../designs/drivers/architectures/kvm-pkvm.js'
import { snpCalls } from '../designs/drivers/architectures/kvm-snp.js'
import { type Kind, kindIndex, rows } from '../model/actions/relation.js'
import type { ErrnoName } from '../model/machine/errno.js'
import type { ScopeInput } from '../model/machine/scope.js'
import { bodyOf, nodeName, nodeNames } from '../model/plan/node-names.js'
import type { Condition, Loop, Node, Operand, Plan, Range } from '../model/plan/plan.js'
import { type PlanName, planOf, type Subject, withPlan } from './subject.js'

/** A change of host software in one place. Pure; `apply` throws where the place is not there. */
export interface PlanChange {
  /** Where and what: `unmap, each mapping of the call: drop iommu.wait`. */
  readonly says: string
  readonly apply: (subject: Subject) => Subject
}

/**
 * A node of a plan: the names of the loops and branches around it, then its own, as `model/plan/node-names.ts` has
 * them. A name that returns in its list is numbered: `each unit (2)`.
 */
export interface PlanPlace {
  readonly plan: PlanName
  readonly path: readonly [string, ...string[]]
}

/** A place in a plan. @param path names of the loops and branches around the node, then its own */
export const at = (plan: PlanName, ...path: PlanPlace['path']): PlanPlace => ({ plan, path })

/** An operand with what it stands for. */
export interface Value {
  readonly name: string
  readonly of: Operand
}

const last = ({ path }: PlanPlace): string => path[path.length - 1] ?? ''
const outside = ({ plan, path }: PlanPlace): string => [plan, ...path.slice(0, -1)].join(', ')

/** Edits the list in which a node stands, at its index. */
function edited(plan: Plan, [name, ...rest]: readonly string[], edit: (list: Plan, index: number) => Plan): Plan {
  const names = nodeNames(plan)
  const index = names.indexOf(name)
  if (index < 0) throw new Error(`no '${name}' among: ${names.join(' · ')}`)
  if (rest.length === 0) return edit(plan, index)
  const node = plan[index]
  const body = edited(bodyOf(node), rest, edit)
  return plan.with(index, 'each' in node ? { ...node, body } : ({ ...node, body } as Node))
}

const change = (place: PlanPlace, what: string, edit: (list: Plan, index: number) => Plan): PlanChange => ({
  says: `${outside(place)}: ${what}`,
  apply: (subject) => withPlan(subject, place.plan, edited(planOf(subject, place.plan), place.path, edit)),
})

const indexOf = (list: Plan, name: string): number => {
  const index = nodeNames(list).indexOf(name)
  if (index < 0) throw new Error(`no '${name}' among: ${nodeNames(list).join(' · ')}`)
  return index
}

const inWords = (plan: Plan): string => plan.map(nodeName).join(', ')

/** Leaves the node out. */
export const drop = (place: PlanPlace): PlanChange =>
  change(place, `drop ${last(place)}`, (list, index) => list.toSpliced(index, 1))

/** The node comes twice in a row. */
export const duplicate = (place: PlanPlace): PlanChange =>
  change(place, `${last(place)} twice`, (list, index) => list.toSpliced(index, 0, list[index]))

/** @param other name of another node of the same list */
export const swap = (place: PlanPlace, other: string): PlanChange =>
  change(place, `swap ${last(place)} ↔ ${other}`, (list, index) => {
    const second = indexOf(list, other)
    return list.with(index, list[second]).with(second, list[index])
  })

/** Moves a node before another of the same list. */
export const moveBefore = (place: PlanPlace, other: string): PlanChange =>
  change(place, `${last(place)} moves before ${other}`, (list, index) => {
    const before = indexOf(list, other)
    return list.toSpliced(index, 1).toSpliced(before > index ? before - 1 : before, 0, list[index])
  })

/** Moves a node behind another of the same list. */
export const moveAfter = (place: PlanPlace, other: string): PlanChange =>
  change(place, `${last(place)} moves behind ${other}`, (list, index) => {
    const behind = indexOf(list, other)
    return list.toSpliced(index, 1).toSpliced(behind > index ? behind : behind + 1, 0, list[index])
  })

/** New nodes come right before the node. */
export const insertBefore = (place: PlanPlace, added: Plan): PlanChange =>
  change(place, `before ${last(place)} comes ${inWords(added)}`, (list, index) => list.toSpliced(index, 0, ...added))

/** New nodes come right behind the node. */
export const insertAfter = (place: PlanPlace, added: Plan): PlanChange =>
  change(place, `behind ${last(place)} comes ${inWords(added)}`, (list, index) =>
    list.toSpliced(index + 1, 0, ...added),
  )

/** New nodes take the place of the node. */
export const replace = (place: PlanPlace, by: Plan): PlanChange =>
  change(place, `${inWords(by)} in the place of ${last(place)}`, (list, index) => list.toSpliced(index, 1, ...by))

/** The node is skipped unless a condition holds. */
export const onlyWhen = (place: PlanPlace, when: Condition): PlanChange =>
  change(place, `${last(place)} only when ${when.name}`, (list, index) =>
    list.with(index, { when, body: [list[index]] }),
  )

/** The plan does not come to what stands behind the node, but to its locks' release. */
export const returnAfter = (place: PlanPlace): PlanChange =>
  change(place, `return after ${last(place)}`, (list, index) => [
    ...list.slice(0, index + 1),
    ...list.slice(index + 1).filter((node) => 'row' in node && node.row === 'lock.release'),
  ])

/** The caller ignores errnos: all, or those listed. The change throws an Error on a node that cannot fail. */
export const ignoreErrno = (place: PlanPlace, errnos?: readonly ErrnoName[]): PlanChange =>
  change(place, `${last(place)} ignores ${errnos?.join(', ') ?? 'every errno'}`, (list, index) => {
    const node = list[index]
    if ('call' in node) return list.with(index, { ...node, fail: errnos === undefined ? 'ignore' : { ignore: errnos } })
    if ('row' in node) return list.with(index, { ...node, fail: 'ignore' })
    throw new Error(`${nodeName(node)} is neither a call nor a step`)
  })

/** A call works on another range. The change throws an Error if the node is no call. */
export const callOn = (place: PlanPlace, on: Range): PlanChange =>
  change(place, `${last(place)} on ${on.name} instead`, (list, index) => {
    const node = list[index]
    if ('call' in node) return list.with(index, { ...node, on })
    throw new Error(`${nodeName(node)} is no call`)
  })

/** A loop walks other elements. The change throws an Error if the node is no loop. */
export const loopOver = (place: PlanPlace, each: Loop): PlanChange =>
  change(place, `${each.name} instead of ${last(place)}`, (list, index) => {
    const node = list[index]
    if ('each' in node) return list.with(index, { ...node, each })
    throw new Error(`${nodeName(node)} is no loop`)
  })

/** A parameter of a step, by its name in the row, gets another value. The change throws an Error if it has none. */
export const argument = (place: PlanPlace, parameter: string, value: Value): PlanChange =>
  change(place, `${last(place)} with ${parameter} = ${value.name}`, (list, index) => {
    const node = list[index]
    if (!('row' in node)) throw new Error(`${nodeName(node)} is no step`)
    const names = rows[kindIndex(node.row as Kind)].parameters.filter((name) => name !== 'vcpu')
    const which = names.indexOf(parameter)
    if (which < 0) throw new Error(`${node.row} has no parameter ${parameter}; it has ${names.join(', ')}`)
    return list.with(index, { ...node, args: node.args.with(which, value.of) })
  })

/** Empties an undo plan, so that a failure takes nothing back. The change throws an Error if it is empty already. */
export const noRollback = (
  plan: `undo of ${'map' | 'unmap' | 'attach'}` | 'undoPrivate' | 'undoShared',
): PlanChange => ({
  says: `${plan}: nothing`,
  apply: (subject) => {
    if (planOf(subject, plan).length === 0) throw new Error(`${plan} is empty already`)
    return withPlan(subject, plan, [])
  },
})

/** The design with another of its drivers, by name. The change throws an Error if the design does not have it. */
export const withDriver = (name: string): PlanChange => ({
  says: `driver ${name}`,
  apply: ({ design }) => {
    const driver = design.drivers.find((one) => one.name === name)
    if (driver === undefined) throw new Error(`${design.name} has no driver ${name}`)
    return { design, driver }
  },
})

/** The design for a guest that it has to bear on every machine. */
export const forGuest = (says: string, scope: ScopeInput): PlanChange => ({
  says: `for ${says}`,
  apply: ({ design, driver }) => ({ design: { ...design, scope: { ...design.scope, ...scope } }, driver }),
})

const callsOn = {
  'sev-snp': snpCalls,
  'arm-cca': ccaCalls,
  'riscv-cove': coveCalls,
  'tdx-connect': connectCalls,
  pkvm: pkvmCalls,
} as const

/** Changes what KVM does on one architecture with calls of its own. Throws an Error if the change is not one of KVM. */
export const onArchitecture = (name: keyof typeof callsOn, change: PlanChange): PlanChange => ({
  says: `on ${name}: ${change.says}`,
  apply: ({ design, driver }) => {
    const { kvm } = change.apply({ design: { ...design, kvm: callsOn[name] }, driver }).design
    if (kvm === undefined) throw new Error(`${change.says} is no change of KVM`)
    return { design: { ...design, kvmOn: { ...design.kvmOn, [name]: kvm } }, driver }
  },
})
