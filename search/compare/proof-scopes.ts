import { makeScope, type ScopeInput } from '../../model/machine/scope.js'
import type { Catalogue } from '../catalogue/catalogue.js'
import type { MachineConfigInput } from '../machine-config.js'
import type { MatrixCell } from './matrix.js'

/** How a cell of the comparison is brought to the sizes of its proof: one machine, or two with properties each. */
export type Sizing = (cell: MatrixCell, catalogue: Catalogue) => readonly MatrixCell[]

/** The cell with other sizes. */
export const resized = (cell: MatrixCell, sizes: ScopeInput): MatrixCell => ({
  ...cell,
  setup: { ...cell.setup, scope: { ...cell.setup.scope, ...sizes } },
})

const races = ({ lock, scope }: MachineConfigInput): boolean => lock === 'none' || scope.guest === 'arbitrary'

/** Where one superpage and one vCPU are not what a cell needs. The first that fits is used. */
interface Exception {
  readonly where: (setup: MachineConfigInput, catalogue: Catalogue) => boolean
  readonly sizes: ScopeInput
  /** A property that has sizes of its own. */
  readonly apart?: { readonly property: string; readonly sizes: ScopeInput }
}

const exceptions: readonly Exception[] = [
  {
    // Whose own pool is the first superpage has another one for the guest.
    where: ({ design, parts }, catalogue) =>
      catalogue.findDesign(design)?.bootRequest === true && parts?.includes('secureEpt') === true,
    sizes: { pages: 2, pagesPerSuperpage: 1, vcpus: 1 },
  },
  {
    where: ({ design }, catalogue) => catalogue.findDesign(design)?.bootRequest === true,
    sizes: { pages: 4, vcpus: 1 },
  },
  {
    // Secure EPT, vCPU TLBs and what pages hold multiply the states: the conversion of one page shows their rules.
    where: ({ parts }) => parts?.includes('secureEpt') === true,
    sizes: { pages: 1, pagesPerSuperpage: 1, vcpus: 1 },
  },
  {
    // Two vCPUs race on one page without a lock; a DMA to a page that stays shared needs another one.
    where: ({ lock, scope }) => lock === 'none' && scope.guest === 'arbitrary',
    sizes: { pages: 1, pagesPerSuperpage: 1, vcpus: 2 },
    apart: {
      property: 'no-shared-fault',
      sizes: { pages: 2, pagesPerSuperpage: 1, vcpus: 2, requests: 'pages', teardown: false },
    },
  },
  {
    where: ({ lock }) => lock === 'none',
    sizes: { pages: 2, vcpus: 2, requests: 'pages' },
  },
  {
    where: races,
    sizes: { pages: 2, vcpus: 2 },
  },
  {
    // Any page may get any frame of a pool: one page does, but where another has to stay shared.
    where: ({ scope }) => scope.frames === 'pool',
    sizes: { pages: 1, pagesPerSuperpage: 1, vcpus: 1 },
    apart: { property: 'no-shared-fault', sizes: { pages: 2, vcpus: 1 } },
  },
]

/**
 * The smallest sizes at which the proof still finds every violation that drawn runs find at the sizes of the table
 * (`docs/verdicts.txt`), and at which nothing is vacuous: one superpage and one vCPU, but for the exceptions. A limit
 * of entries stays as far from the number of pages.
 */
export function smallest(cell: MatrixCell, catalogue: Catalogue): readonly MatrixCell[] {
  const exception = exceptions.find(({ where }) => where(cell.setup, catalogue))
  if (exception === undefined) return [resized(cell, oneSuperpage(cell.setup))]
  const { sizes, apart } = exception
  const parts = [
    { ...resized(cell, sizes), properties: cell.properties.filter((name) => name !== apart?.property) },
    { ...resized(cell, apart?.sizes ?? {}), properties: cell.properties.filter((name) => name === apart?.property) },
  ]
  return parts.filter(({ properties }) => properties.length > 0)
}

function oneSuperpage({ scope }: MachineConfigInput): ScopeInput {
  const { pages = 4, pagesPerSuperpage = 2, entryLimit } = scope
  const limit = entryLimit === undefined ? {} : { entryLimit: entryLimit - (pages - pagesPerSuperpage) }
  return { pages: pagesPerSuperpage, vcpus: 1, ...limit }
}

/** What a cell asks by its scope: the user may change its sizes, and not this. */
const asking = ['backing', 'start', 'guest', 'frames', 'hotplug', 'failures'] as const

/**
 * The same with what the user wants of the sizes. A cell stays as it is where its numbers would not fit each other, and
 * keeps its pages where it asks about a limit of entries for them.
 *
 * @param wanted fields of the scope
 */
export const withSizes =
  (wanted: ScopeInput): Sizing =>
  (cell, catalogue) => {
    const { scope: own } = cell.setup
    const kept = Object.fromEntries(asking.flatMap((name) => (own[name] === undefined ? [] : [[name, own[name]]])))
    const { pagesPerSuperpage = own.pagesPerSuperpage, pages = pagesPerSuperpage, ...others } = wanted
    const isWanted = wanted.pages !== undefined || wanted.pagesPerSuperpage !== undefined
    const isLimited = own.entryLimit !== undefined && wanted.entryLimit === undefined
    const superpages = isWanted && !isLimited ? { pages, pagesPerSuperpage } : {}
    return smallest(cell, catalogue).map((small) => {
      const sized = resized(small, { ...superpages, ...others, ...kept })
      return makeScope(sized.setup.scope).ok ? sized : small
    })
  }
