export * from './interface.js'
