import type { Around } from '../designs/drivers/devices.js'
import { type KvmCalls, kvmCalls } from '../designs/drivers/kvm.js'
import type { Design, Driver } from '../designs/index.js'
import type { Call, Plan } from '../model/plan/plan.js'

/** Host software that a bug is planted into: a design with one of its drivers. */
export interface Subject {
  readonly design: Design
  readonly driver: Driver
}

type OfDesign = 'boot' | 'toPrivate' | 'toShared' | 'undoPrivate' | 'undoShared' | 'slotRemoved'
type OfDriver = 'map' | 'unmap' | 'attach' | 'detach'
type Named = OfDesign | OfDriver | keyof KvmCalls
/** A plan of a subject: of the design, of its driver, or of KVM; and what the VMM does around a device. */
export type PlanName = Named | `undo of ${OfDriver}` | 'teardown' | `${'added' | 'removed'} ${keyof Around}`

/** How one plan is read from a subject, and put into it. */
interface Lens {
  readonly get: (subject: Subject) => Plan | undefined
  readonly put: (subject: Subject, plan: Plan) => Subject
}

const ofDesign = (name: OfDesign): Lens => ({
  get: ({ design }) => design[name],
  put: ({ design, driver }, plan) => ({ design: { ...design, [name]: plan }, driver }),
})

const ofDriver = (name: OfDriver, part: keyof Call): Lens => ({
  get: ({ driver }) => driver[name]?.[part],
  put: ({ design, driver }, plan) => ({
    design,
    driver: { ...driver, [name]: { body: [], undo: [], ...driver[name], [part]: plan } },
  }),
})

const ofKvm = (name: keyof KvmCalls): Lens => ({
  get: ({ design }) => (design.kvm ?? kvmCalls)[name].body,
  put: ({ design, driver }, body) => {
    const kvm = design.kvm ?? kvmCalls
    return { design: { ...design, kvm: { ...kvm, [name]: { ...kvm[name], body } } }, driver }
  },
})

const ofAround = (name: 'added' | 'removed', part: keyof Around): Lens => ({
  get: ({ design }) => design[name]?.[part],
  put: ({ design, driver }, plan) => ({
    design: { ...design, [name]: { before: [], after: [], ...design[name], [part]: plan } },
    driver,
  }),
})

const teardown: Lens = {
  get: ({ driver }) => driver.teardown,
  put: ({ design, driver }, plan) => ({ design, driver: { ...driver, teardown: plan } }),
}

const lenses: Readonly<Record<PlanName, Lens>> = {
  boot: ofDesign('boot'),
  toPrivate: ofDesign('toPrivate'),
  toShared: ofDesign('toShared'),
  undoPrivate: ofDesign('undoPrivate'),
  undoShared: ofDesign('undoShared'),
  slotRemoved: ofDesign('slotRemoved'),
  map: ofDriver('map', 'body'),
  unmap: ofDriver('unmap', 'body'),
  attach: ofDriver('attach', 'body'),
  detach: ofDriver('detach', 'body'),
  'undo of map': ofDriver('map', 'undo'),
  'undo of unmap': ofDriver('unmap', 'undo'),
  'undo of attach': ofDriver('attach', 'undo'),
  'undo of detach': ofDriver('detach', 'undo'),
  'set-private': ofKvm('set-private'),
  'set-shared': ofKvm('set-shared'),
  'discard-shared': ofKvm('discard-shared'),
  'discard-private': ofKvm('discard-private'),
  'delete-slot': ofKvm('delete-slot'),
  'create-slot': ofKvm('create-slot'),
  'added before': ofAround('added', 'before'),
  'added after': ofAround('added', 'after'),
  'removed before': ofAround('removed', 'before'),
  'removed after': ofAround('removed', 'after'),
  teardown,
}

/** A plan of the subject, by name. @throws Error if the subject leaves that plan out */
export function planOf(subject: Subject, name: PlanName): Plan {
  const plan = lenses[name].get(subject)
  if (plan !== undefined) return plan
  throw new Error(`${subject.design.name} with ${subject.driver.name} has no plan ${name}`)
}

/** The subject with one plan replaced. */
export const withPlan = (subject: Subject, name: PlanName, plan: Plan): Subject => lenses[name].put(subject, plan)
