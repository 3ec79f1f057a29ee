import { ok } from '../../base/result.js'
import { type Scope, scopeTable } from '../../model/machine/scope.js'
import { type ParseResult, refuseAt } from './problem.js'
import type { Word } from './syntax.js'

/** Whose thread: a guest's vCPU (P), a thread of the host (H), a device (D), an IOMMU unit (U). */
export interface ThreadActor {
  readonly name: string
  readonly role: 'P' | 'H' | 'D' | 'U'
  readonly index: number
  /** The vCPU whose plan runs the thread's calls; a host thread has one of its own. -1 for hardware. */
  readonly vcpu: number
}

const countNames = ['vcpus', 'devices', 'units'] as const
/** Sizes that the threads ask for. */
export type ThreadCounts = Pick<Scope, (typeof countNames)[number]>

const digit = (name: Word): number => Number(name.text.slice(1))
const inRole = (names: readonly Word[], role: string): number =>
  Math.max(0, ...names.filter(({ text }) => text.startsWith(role)).map((name) => digit(name) + 1))

const countsOf = (names: readonly Word[]): ThreadCounts => ({
  vcpus: Math.max(1, inRole(names, 'P') + inRole(names, 'H')),
  devices: Math.max(1, inRole(names, 'D')),
  units: Math.max(1, inRole(names, 'U')),
})

/** How many of each a machine needs: host threads come behind the guest's vCPUs. */
export function countsFor(names: readonly Word[]): ParseResult<ThreadCounts> {
  for (const [at, name] of names.entries()) {
    const counts = countsOf(names.slice(0, at + 1))
    const field = countNames.find((count) => counts[count] > scopeTable[count].max)
    if (field === undefined) continue
    const { max } = scopeTable[field]
    return refuseAt(name, `${name.text} would make ${field}=${counts[field]}, expected at most ${max}`)
  }
  return ok(countsOf(names))
}

/** Who is meant by a thread's name; `names` are all names of the file, which say how many vCPUs the guest has. */
export function threadActorOf(name: Word, names: readonly Word[], scope: ThreadCounts): ParseResult<ThreadActor> {
  const role = name.text.slice(0, 1) as ThreadActor['role']
  const index = digit(name)
  const guests = inRole(names, 'P')
  const vcpu = role === 'P' ? index : role === 'H' ? guests + index : -1
  if (vcpu >= scope.vcpus) {
    const why = "a host thread runs on a vCPU of its own, behind the guest's"
    return refuseAt(name, `found ${name.text}, but the scope has vcpus=${scope.vcpus} (${why})`)
  }
  if (role === 'D' && index >= scope.devices) {
    return refuseAt(name, `found ${name.text}, but the scope has devices=${scope.devices}`)
  }
  if (role === 'U' && index >= scope.units)
    return refuseAt(name, `found ${name.text}, but the scope has units=${scope.units}`)
  return ok({ name: name.text, role, index, vcpu })
}
