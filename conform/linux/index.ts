import { join } from 'node:path'
import { cacheFolder, folder } from './cache.js'
import { builtKernel, type Kernel } from './kernel.js'
import { kernelNames, recipes, stock } from './recipes.js'
import { stockKernel } from './stock.js'

export type { Kernel } from './kernel.js'
export { kernelNames } from './recipes.js'
export { type Prepared, type SetupOptions, setup } from './setup.js'

export const setupLog = (): string => join(folder(), 'setup.log')

/** The kernel of that name, if setup has made it. */
export function findKernel(name: string): Kernel | undefined {
  if (name === stock.name) return stockKernel()
  const recipe = recipes.find((known) => known.name === name)
  return recipe === undefined ? undefined : builtKernel(recipe)
}

/** One line a kernel: which is there, and what makes the others. */
export const linuxKernels = (): readonly string[] => [
  ...kernelNames.map((name) => {
    const kernel = findKernel(name)
    return kernel === undefined
      ? `${name}: not there; run: dmaproof linux setup --kernel ${name}`
      : `${name}: ${kernel.version}`
  }),
  `in ${cacheFolder()}`,
]
