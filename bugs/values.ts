import { otherDomain } from '../designs/vocabulary/steps.js'
import { Reg, reg, regOf } from '../model/machine/registers.js'
import type { Condition, Loop, Operand, Range } from '../model/plan/plan.js'
import type { Value } from './operators.js'

// Wrong ranges, values, conditions and loops, as the defects had them.

/** The first page of a range alone. */
export const firstPageOf = (range: Range): Range => ({
  ...range,
  name: `first page of ${range.name}`,
  end: (m, s, v) => Math.min(range.end(m, s, v), range.first(m, s, v) + 1),
})

/** The range without its first page; a range of one page stays as it is. */
export const withoutFirst = (range: Range): Range => ({
  ...range,
  name: `${range.name} without its first page`,
  first: (m, s, v) => Math.min(range.end(m, s, v) - 1, range.first(m, s, v) + 1),
})

/** A range and one page more, within the guest: an end taken for an inclusive one. */
export const onePageMore = (range: Range): Range => ({
  ...range,
  name: `${range.name} and one page more`,
  end: (m, s, v) => Math.min(m.pages, range.end(m, s, v) + 1),
})

const count =
  ({ first, end }: Range): Operand =>
  (m, s, v) =>
    end(m, s, v) - first(m, s, v)

/** Pages of a range. */
export const pageCount = (range: Range): Value => ({ name: `the size of ${range.name}`, of: count(range) })
/** Pages of a range less one, at least 1. */
export const oneLess = (range: Range): Value => ({
  name: `the size of ${range.name} less one`,
  of: (m, s, v) => Math.max(1, count(range)(m, s, v) - 1),
})
/** The largest block that begins at the range's first page. */
export const alignedBlock = (range: Range): Value => ({
  name: `the aligned block at the start of ${range.name}`,
  of: (m, s, v) => {
    const [first, size] = [range.first(m, s, v), count(range)(m, s, v)]
    let block = 1
    while (block * 2 <= size && first % (block * 2) === 0) block *= 2
    return block
  },
})
/** The first page with the bits of the range's size cleared. */
export const alignedDown = (range: Range): Value => ({
  name: `the start of ${range.name} without the bits of its size`,
  of: (m, s, v) => {
    const [first, size] = [range.first(m, s, v), count(range)(m, s, v)]
    let block = 1
    while (block < size) block *= 2
    return first - (first % block)
  },
})
/** The first page of a range. */
export const startOf = (range: Range): Value => ({ name: `the start of ${range.name}`, of: range.first })
export const zero: Value = { name: '0', of: () => 0 }
export const one: Value = { name: '1', of: () => 1 }
export const anotherDomain: Value = { name: 'another domain', of: otherDomain }

export const never: Condition = { name: 'a variable is set that never is', holds: (m) => m.pages < 0 }
export const domainIsNotZero: Condition = { name: 'the domain id is not 0', holds: (_, s) => s.domain[0] !== 0 }

/** A loop over a call's mappings that has none where the end of the call's range, counted as the next address, is 0. */
export const noneToTheTop = (loop: Loop): Loop => ({
  ...loop,
  name: `${loop.name} that does not end at the last address`,
  seek: (m, s, v) => reg('callEnd')(m, s, v) < m.pages && loop.seek(m, s, v),
})

/** A loop that ends after its first element. */
export const firstIteration = (loop: Loop, register: 'turn' | 'cursor'): Loop => ({
  ...loop,
  name: `the first of ${loop.name}`,
  seek: (m, s, v) => reg(register)(m, s, v) === 0 && loop.seek(m, s, v),
})

/** Whether an aligned superpage lies wholly inside the range. */
export const someSuperpageIn = (range: Range): Condition => ({
  name: `${range.name} holds a superpage`,
  holds: (m, s, v) => {
    const first = Math.ceil(range.first(m, s, v) / m.perSuper) * m.perSuper
    return first + m.perSuper <= range.end(m, s, v)
  },
})

/** The size of a range, truncated: only its lowest bit is left (at least 1). Small guests have small sizes. */
export const lowBitOf = (range: Range): Value => ({
  name: `the lowest bit of the size of ${range.name}`,
  of: (m, s, v) => Math.max(1, count(range)(m, s, v) % 2),
})

/** A loop over leaves that continues a superpage behind where it stands, and not behind the leaf. */
export const fromWorkingPage = (loop: Loop): Loop => ({
  ...loop,
  name: `${loop.name}, a superpage on from the working page`,
  next: (m, s, v) => {
    s.reg[regOf(v, Reg.cursor)] += m.perSuper
  },
})

/** Whether no descriptor waits in the queue of the unit at which the loop stands. */
export const queueIsEmpty: Condition = {
  name: 'its queue is empty',
  holds: (m, s, v) => s.queueKind[(reg('turn')(m, s, v) * s.queueKind.length) / m.scope.units] === 0,
}

/** Whether the loop of a driver, or of KVM, stands at the first page of a superpage. */
export const firstOfSuperpage: Condition = {
  name: 'at the first page of a superpage',
  holds: (m, s, v) => reg('cursor')(m, s, v) % m.perSuper === 0,
}

/** Whether no other thread of the host has a call of a driver under way. */
export const noOtherCall: Condition = {
  name: 'no other call is under way',
  holds: (m, s, v) => {
    for (let vcpu = 0; vcpu < m.scope.vcpus; vcpu += 1) {
      if (vcpu !== v && s.reg[regOf(vcpu, Reg.callEnd)] !== 0) return false
    }
    return true
  },
}
