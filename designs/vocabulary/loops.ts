// Loops: all words for plans and drivers, by what they go over.

export * from './loops/driver.js'
export { pages, strided } from './loops/make.js'
export * from './loops/pages.js'
export * from './loops/runs.js'
