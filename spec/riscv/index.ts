export * from './cove.js'
export * from './io-mpt.js'
export * from './iommu.js'
