/**
 * Parts of the machine that a question may not need. A part that is off leaves the state vector, its actions are
 * never enabled, and its steps are left out of every plan. A verdict names the parts that were on.
 */
export const partNames = [
  'secureEpt',
  'content',
  'walkCache',
  'deviceTlb',
  'coherency',
  'faultCount',
  'faultRing',
  'hostAccess',
  'cpuFlush',
  'contextCache',
  'unitMessages',
] as const

/**
 * The name of a part.
 *
 * @example
 * const parts: Part[] = ['secureEpt', 'content']
 */
export type Part = (typeof partNames)[number]

/** What each adds to the machine; some add it only on a platform that has what they are about. */
export const partSays: Readonly<Record<Part, string>> = {
  secureEpt:
    'The Secure EPT, or on SEV-SNP the RMP, on RISC-V the table of the TSM, on Arm CCA the RTT, with the TLBs of the ' +
    'vCPUs, TLB epochs, and faults of the guest on its private side.',
  content: 'Who wrote to each frame last, and poison. With secureEpt the guest reads and writes, and finds it.',
  walkCache: "A unit's paging-structure cache, by which a walk continues at a table that is no longer in use.",
  deviceTlb: 'A TLB in each device. A platform with ats=true turns it on, and no other has it.',
  coherency:
    'IOMMU tables written through CPU caches, on a platform with coherentPageWalk=false: a unit sees old entries.',
  faultCount: 'How many fault records of a unit are in use, and whether one was lost.',
  faultRing: 'What each fault record says: page, access and reason. It turns faultCount on.',
  contextCache:
    'Context entries in memory, as two words and Present, and what each unit caches of them until that is invalidated.',
  unitMessages: 'Where each unit writes its fault messages, which the host programs and no table translates.',
  cpuFlush:
    'With secureEpt, which it turns on: flushing the TLBs of vCPUs takes a request, each one out of the guest, a wait.',
  hostAccess: 'User space of the host touches guest pages by their host virtual addresses.',
}
export type Parts = Readonly<Record<Part, boolean>>

export const noParts: Parts = {
  secureEpt: false,
  content: false,
  walkCache: false,
  deviceTlb: false,
  coherency: false,
  faultCount: false,
  faultRing: false,
  hostAccess: false,
  cpuFlush: false,
  contextCache: false,
  unitMessages: false,
}

/** Parts of a machine of which these are on, and no other. */
export function withParts(...on: readonly Part[]): Parts {
  return { ...noParts, ...Object.fromEntries(on.map((part) => [part, true])) }
}
