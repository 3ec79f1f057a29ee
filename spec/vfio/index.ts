export * from './accounting.js'
export * from './map.js'
export * from './removal.js'
export * from './unmap.js'
