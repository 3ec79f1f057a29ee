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
] as const

export type Part = (typeof partNames)[number]
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
}

export function withParts(...on: readonly Part[]): Parts {
  return { ...noParts, ...Object.fromEntries(on.map((part) => [part, true])) }
}
