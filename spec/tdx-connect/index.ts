export * from './dmar.js'
export * from './invalidation.js'
export * from './release.js'
export * from './shared-half.js'
