export * from './cove.js'
export * from './cove-io.js'
export * from './io-mpt.js'
export * from './iommu.js'
