export * from './dma.js'
export * from './guest.js'
export * from './kvm.js'
export * from './rmp.js'
