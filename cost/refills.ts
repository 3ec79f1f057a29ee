import { places } from '../model/actions/places.js'
import { kindIndex } from '../model/actions/relation.js'
import type { Code } from '../model/machine/action.js'
import type { Machine } from '../model/machine/machine.js'
import type { State } from '../model/machine/state.js'
import { leafAt, pdeIndex, regionOf } from '../model/memory/page-table.js'
import { fanOut } from './footprint.js'

const leafArg = places('vcpu', 'domain', 'iovfn')

const kind = {
  write: kindIndex('iommu.write-entry'),
  clear: kindIndex('iommu.clear-entry'),
}

const domains = 2

/** Tables of two domains that are never freed: which regions have one, and the pages of tables above them. */
class TablesOfTwo {
  /** Pages of tables, all levels of both domains. */
  count = domains // the root of each
  private readonly leads: Uint8Array
  private readonly above = new Set<string>()

  constructor(private readonly regions: number) {
    this.leads = new Uint8Array(domains * regions)
  }

  /** A domain has a table for a region from now on. */
  add(domain: number, region: number): void {
    const at = domain * this.regions + region
    if (this.leads[at] === 1) return
    this.leads[at] = 1
    this.count += 1
    this.addAbove(`directory ${domain} ${Math.floor(region / fanOut)}`)
    this.addAbove(`pointers ${domain} ${Math.floor(region / fanOut / fanOut)}`)
  }

  private addAbove(page: string): void {
    if (this.above.has(page)) return
    this.above.add(page)
    this.count += 1
  }
}

/**
 * What `iommufdReplace` does beyond the calls of `iommufdReplaceUnfilled`, counted as these are run. A call that
 * switches writes a leaf in the other domain for each page that is mapped before it and behind it, and clears as many
 * in the one it leaves. Both domains keep the tables that they were ever given.
 */
export class Refills {
  private mapped = 0
  private mappedBefore = 0
  private inUse: number
  private readonly mappedIn: Uint32Array
  private readonly built: TablesOfTwo
  /** Regions in which the last call that switched mapped a page, and those of the call under way. */
  private last = new Set<number>()
  private now = new Set<number>()

  /** @param s a state between two calls, which the machine's plans continue */
  constructor(
    private readonly m: Machine,
    s: State,
  ) {
    this.inUse = s.domain[0]
    this.mappedIn = new Uint32Array(m.regions)
    this.built = new TablesOfTwo(m.regions)
    for (let region = 0; region < m.regions; region += 1) this.begin(s, region)
    this.mappedBefore = this.mapped
  }

  private begin(s: State, region: number): void {
    const first = region * this.m.perSuper
    for (let domain = 0; domain < domains; domain += 1) {
      if (s.pde[pdeIndex(this.m, domain, first)] !== 0) this.built.add(domain, region)
    }
    if (s.pde[pdeIndex(this.m, this.inUse, first)] === 0) return
    for (let gfn = first; gfn < first + this.m.perSuper; gfn += 1) {
      if (leafAt(this.m, s, this.inUse, gfn) !== 0) this.mapped += this.count(gfn, 1)
    }
    if (this.mappedIn[region] > 0) this.last.add(region)
  }

  private count(gfn: number, change: number): number {
    this.mappedIn[regionOf(this.m, gfn)] += change
    return change
  }

  /** Pages of tables, of all levels and both domains. */
  get tables(): number {
    return this.built.count
  }

  /** Takes note of a step of a plan. */
  note(code: Code): void {
    const gfn = code[leafArg.iovfn]
    if (code[0] === kind.clear) this.mapped += this.count(gfn, -1)
    else if (code[0] === kind.write) {
      this.mapped += this.count(gfn, 1)
      this.now.add(regionOf(this.m, gfn))
    }
  }

  /** A call that switched has ended. @returns the steps that it has left out */
  endCall(): number {
    const stay = Math.min(this.mappedBefore, this.mapped)
    this.inUse = 1 - this.inUse
    for (const regions of [this.last, this.now]) {
      for (const region of regions) if (this.mappedIn[region] > 0) this.built.add(this.inUse, region)
    }
    this.last = this.now
    this.now = new Set()
    this.mappedBefore = this.mapped
    return 2 * stay
  }
}
