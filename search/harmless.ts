import { type Design, findDesign } from '../designs/index.js'
import type { Scope } from '../model/scope.js'
import type { Jaw, Subject } from './teeth.js'

/** What a design violates by itself, so that it cannot tell a mutant from the design; and stands that are not its. */
const own: Readonly<Record<string, Partial<Subject>>> = {
  'on-demand-superpage': { except: ['no-shared-fault'] },
  'replace-domain': { except: ['no-shared-fault at attach blocks'] },
  'mirror-guest-memfd': { without: ['raw calls', 'raw calls, common pool', 'two raw callers'] },
}

function subject(name: string, driver: string | undefined, backing: Scope['backing'] = 'separate'): Subject {
  const design: Design | undefined = findDesign(name)
  const found = design?.drivers.find((known) => driver === undefined || known.name === driver)
  if (design === undefined || found === undefined) throw new Error(`no design ${name} with driver ${driver ?? 'any'}`)
  return { design, driver: found, backing, ...own[name] }
}

const driver = (name: string, subjects: readonly Subject[], shares?: Jaw['shares']): Jaw => ({
  name: `driver ${name}`,
  layer: 'driver',
  subjects,
  ...(shares === undefined ? {} : { shares }),
})
const design = (name: string, backing: Scope['backing'] = 'separate'): Jaw => ({
  name: `${name}, ${backing}`,
  layer: 'design',
  subjects: [subject(name, undefined, backing)],
})
const kvm = (backing: Scope['backing']): Jaw => ({
  name: `KVM, ${backing}`,
  layer: 'kvm',
  subjects: [subject('on-demand-4k', 'type1v2', backing)],
})

const type1v2 = driver('type1v2', [subject('on-demand-4k', 'type1v2'), subject('on-demand-superpage', 'type1v2')])
const iommufd = driver('iommufd', [subject('on-demand-4k', 'iommufd')], { jaw: type1v2, mutants: /./ })
/** Its map writes, and undoes, as type1's does; its unmap is its own. */
const cut = driver('cut', [subject('hitless-cut', undefined)], {
  jaw: type1v2,
  mutants: /^(undo of )?map[,:]/,
})

/** Every design that holds, its drivers and KVM: each driver with the designs that use all of it, and no plan twice. */
export const jaws: readonly Jaw[] = [
  type1v2,
  iommufd,
  driver('type1v1', [subject('on-demand-4k', 'type1v1')], { jaw: type1v2, mutants: /./ }),
  driver('iommufd by file', [subject('fd-offset', undefined)], { jaw: iommufd, mutants: /./ }),
  cut,
  driver('coalesce', [subject('hitless-coalesce', undefined)], { jaw: cut, mutants: /./ }),
  driver('replace', [subject('replace-domain', undefined)]),
  driver('mirror', [subject('mirror-guest-memfd', undefined, 'in-place')]),
  kvm('separate'),
  kvm('in-place'),
  design('on-demand-4k'),
  design('on-demand-4k', 'in-place'),
  design('on-demand-4k/map-first'),
  design('attributes-first'),
  design('hitless-cut'),
  design('hitless-cut', 'in-place'),
  design('on-demand-superpage'),
  design('on-demand-superpage', 'in-place'),
  design('mirror-guest-memfd', 'in-place'),
  design('bounce-pool'),
  design('bounce-pool', 'in-place'),
]

/**
 * A change that no property catches, and why. `harmless`: the machine behaves alike in all that is promised.
 * `unseen`: the change would do harm, and the model or the properties leave out what would show it.
 */
export interface Reviewed {
  readonly kind: 'harmless' | 'unseen'
  readonly jaws: RegExp
  readonly mutants: RegExp
  readonly because: string
  /** Id of the rule on which the reason rests. */
  readonly rule?: string
}

const harmless = (jaws: RegExp, mutants: RegExp, because: string, rule?: string): Reviewed => ({
  kind: 'harmless',
  jaws,
  mutants,
  because,
  ...(rule === undefined ? {} : { rule }),
})
const unseen = (jaws: RegExp, mutants: RegExp, because: string): Reviewed => ({
  kind: 'unseen',
  jaws,
  mutants,
  because,
})

const drivers: readonly Reviewed[] = [
  harmless(
    /^driver/,
    /frees, then flushes/,
    'the branch of Linux 6.12, where no design that writes superpages over tables holds; elsewhere it is never taken',
  ),
  harmless(
    /^driver/,
    /when caching mode: .*vtd\.queue-device-tlb/,
    'caching mode keeps entries that are not present, and those never get into a device TLB',
    'vtd.device-tlb/refill',
  ),
  harmless(
    /^driver/,
    /when caching mode: .*vtd\.flush-lines|when a table was unlinked: .*vtd\.flush-lines|map: swap vtd\.flush-lines ↔ when/,
    'the map writes its lines back once before the branch and each branch once more: one of the two is enough',
  ),
  harmless(
    /^driver/,
    /drop each empty table of area|swap each leaf of area \{ vtd\.clear-entry \} ↔ each empty table of area/,
    'an empty table that stays linked leads nowhere; the next map writes into it, or makes room',
  ),
  harmless(
    /^driver/,
    /unmap, .*: swap each unlinked table of area \{ vtd\.free-tables \} ↔ each pinned page/,
    'both wait for the flush, and neither for the other',
  ),
  unseen(
    /^driver type1/,
    /^unmap: drop vfio\.unmap-dma|^unmap: swap lock\.acquire container ↔ vfio\.unmap-dma/,
    'the designs never ask to cut a mapping, and no property says that a call with bad arguments has to be refused',
  ),
]

const mirrors: readonly Reviewed[] = [
  harmless(
    /^driver mirror/,
    /(drop|swap) lock\.acquire container|↔ lock\.release container/,
    "guest_memfd's own lock is held around each conversion, and nobody else calls the mirror",
  ),
  unseen(
    /^driver mirror/,
    /^teardown: drop/,
    'a mirror holds no pins: the books of accounts-balance say nothing of the entries that it leaves behind',
  ),
]

const kvmPlans: readonly Reviewed[] = [
  harmless(
    /^KVM/,
    /drop lock\.acquire slots|swap .*lock\.(acquire|release) slots/,
    'the lock of the VM is held around each of these calls, and an invalidation is the business of its own vCPU',
    'kvm.attributes/slots-lock',
  ),
  unseen(
    /^KVM/,
    /^set-private: (drop kvm\.invalidate-begin|swap kvm\.invalidate-begin ↔ kvm\.zap-shared)/,
    'a fault on the shared side is one step, so that there is none in flight that the invalidation would turn away',
  ),
  unseen(/^KVM/, /drop kvm\.invalidate-end/, 'the end of the call ends the invalidation as well (endCall clears it)'),
  unseen(
    /^KVM/,
    /swap kvm\.set-attributes ↔ kvm\.invalidate-end/,
    'the guest that is modelled takes no private fault at a page under conversion',
  ),
  harmless(
    /^KVM, separate/,
    /^set-private: (drop kvm\.zap-shared|swap kvm\.zap-shared ↔ kvm\.set-attributes)/,
    'the discard that follows drops the same translations before it frees the page',
    'kvm.host-memory/notifier-before-free',
  ),
  harmless(
    /^KVM/,
    /^set-shared: (drop lock\.acquire mmu|swap .*lock\.(acquire|release) mmu)/,
    'a fault that comes in between is turned away by the invalidation that is under way',
    'kvm.fault/retry-in-progress',
  ),
  harmless(
    /^KVM, separate/,
    /^set-shared: drop each secure EPT entry of call/,
    'the discard that follows takes the pages out of the secure EPT before it frees them',
    'kvm.guest-memfd/punch-order',
  ),
  harmless(
    /^KVM/,
    /^discard-private(, each secure EPT entry of call: |: (drop lock\.acquire mmu|drop each secure EPT|swap .*(each secure|mmu)))/,
    'the attribute call has emptied the secure EPT of the range, so that the discard finds nothing to remove',
    'kvm.guest-memfd/punch-order',
  ),
]

const apart = 'with two backings the attribute and the DMA mapping lead to different frames, in either order'
const unshown = 'nothing compares the attribute with what the guest was told after a refused conversion'
const designPlans: readonly Reviewed[] = [
  harmless(/, separate/, /^toPrivate: swap each mapped page .* ↔ call set-private/, apart),
  harmless(
    /, separate/,
    /^toPrivate: swap call set-private on chunk ↔ call discard-shared/,
    'DMA is unmapped, and the guest uses neither side of the page until it is answered',
  ),
  harmless(
    /^bounce-pool, separate/,
    /^toShared: swap call set-shared on chunk ↔ call discard-private/,
    'the pool is in the secure EPT from the start, so that no private fault is in flight that would fill the hole',
  ),
  harmless(
    /, separate/,
    /^toShared: swap (call discard-private on chunk ↔ each unmapped page|each unmapped page .* ↔ call)/,
    apart,
  ),
  harmless(/^attributes-first/, /^toShared: swap call set-shared on chunk ↔ each unmapped page/, apart),
  harmless(
    /, in-place/,
    /^toShared: (drop call discard-private|swap (call discard-private|call set-shared on chunk ↔ call discard-private))/,
    'in place there is nothing to discard',
    'kvm.in-place/same-frame',
  ),
  harmless(
    /first, separate/,
    /^toShared: swap call discard-private on chunk ↔ lock\.release vm/,
    'the request stays open until the discard is done; only a guest that races itself can lose its own page',
  ),
  harmless(/^on-demand-superpage/, /swap call map on left of chunk ↔ call map on right/, 'disjoint ranges'),
  unseen(/^(on-demand|hitless)/, /^undoShared: drop each shared, unmapped/, unshown),
  unseen(/separate/, /^undoShared, each shared, unmapped page of chunk: (drop call set-private|swap)/, unshown),
  harmless(/^bounce-pool/, /^toPrivate: .*(lock)/, 'the check reads nothing that another call changes'),
  unseen(
    /^bounce-pool/,
    /^toPrivate: drop vmm\.check-pool/,
    'no property compares the attribute with the request when a conversion is answered with success',
  ),
  harmless(/^bounce-pool/, /^toShared: swap call map on chunk ↔ lock\.release vm/, 'the pool is mapped once, at boot'),
]

/** Every change that no property catches, with its reason. */
export const reviewed: readonly Reviewed[] = [...drivers, ...mirrors, ...kvmPlans, ...designPlans]
