import { listPlans } from '../../model/build-machine.js'
import type { EntryName, Machine } from '../../model/machine/machine.js'
import type { Listed } from '../../model/plan/compiler.js'
import type { Host } from '../../model/plan/plan.js'
import { planLine } from '../../report/explain/plan.js'
import type { ShownPlanLine } from '../data.js'

interface ListedLine {
  /** Index of the first instruction that it stands for. */
  readonly at: number
  /** Which of the plans it is in, as the number of that plan's heading. */
  readonly plan: number
  readonly shown: ShownPlanLine
  /** Whether the line is no more than a heading of lines that are deeper. */
  readonly isStep: boolean
}

/** The plans of a machine's host, line by line, with calls carried out in their place; each step has one line. */
export class PlanListing {
  private readonly lines: ListedLine[] = []
  /** Which plans are shown. */
  private readonly plans = new Set<number>()

  constructor(host: Host, machine: Machine) {
    let plan = -1
    listPlans(host, machine, (listed, at, depth) => {
      if ('entry' in listed) plan = this.lines.length
      const isStep = 'row' in listed || 'note' in listed || 'releases' in listed
      this.lines.push({ at, plan, shown: [depth, textOf(listed)], isStep })
    })
  }

  /** The line of an instruction, whose plan is shown from now on. */
  lineAt(pc: number): number {
    let low = 0
    for (let high = this.lines.length; low < high; ) {
      const middle = (low + high) >>> 1
      if ((this.lines[middle]?.at ?? 0) <= pc) low = middle + 1
      else high = middle
    }
    this.plans.add(this.lines[low - 1]?.plan ?? -1)
    return low - 1
  }

  /**
   * The lines of the plans that are shown, and by the number of a line the place that it has among them. A loop, a
   * condition or a heading of which this machine has nothing is left out.
   */
  shown(): { readonly lines: readonly ShownPlanLine[]; readonly placeOf: ReadonlyMap<number, number> } {
    const kept: [number, ListedLine][] = []
    let below = -1
    for (const [line, listed] of [...this.lines.entries()].reverse()) {
      const [depth] = listed.shown
      if (!this.plans.has(listed.plan) || !(listed.isStep || below > depth)) continue
      kept.unshift([line, listed])
      below = depth
    }
    return {
      lines: kept.map(([, { shown }]) => shown),
      placeOf: new Map(kept.map(([line], place) => [line, place])),
    }
  }
}

const titles: Readonly<Record<EntryName, string>> = {
  boot: 'at boot',
  toPrivate: 'to private',
  toShared: 'to shared',
  teardown: 'teardown',
  added: 'a device comes',
  removed: 'a device goes',
  ats: 'ATS is turned on',
  slotAdded: 'a memory slot comes',
  slotRemoved: 'a memory slot goes',
  map: 'map, called on its own',
  unmap: 'unmap, called on its own',
}

function textOf(listed: Listed): string {
  if ('entry' in listed) return titles[listed.entry]
  if ('undo' in listed) return `${titles[listed.undo]}, after an error`
  if ('undoCall' in listed) return `${listed.undoCall}, after an error`
  if ('releases' in listed) return `lock.release ${listed.releases}, if it is held`
  return planLine(listed, 'compiled')
}
