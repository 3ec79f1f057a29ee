export * from './compat.js'
export * from './domains.js'
export * from './map.js'
export * from './unmap.js'
