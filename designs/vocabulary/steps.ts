// Atomic steps: all words for plans and drivers, by what they are about.

export * from './steps/account.js'
export * from './steps/cca.js'
export * from './steps/cove.js'
export * from './steps/devices.js'
export * from './steps/invalidation.js'
export * from './steps/kvm.js'
export * from './steps/locks.js'
export { domain, inPlace, otherDomain, separate } from './steps/make.js'
export * from './steps/pkvm.js'
export * from './steps/tables.js'
export * from './steps/trusted.js'
export * from './steps/vmm.js'
