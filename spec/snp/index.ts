export * from './dma.js'
