import { ok, type Result, refuse } from '../../base/result.js'
import { maxExtrapolatedPages, maxMeasuredPages, pagesNeeded } from '../../cost/extrapolate.js'
import type { CostQuestion } from '../../cost/measure.js'
import type { Workload } from '../../cost/workload.js'
import { findWorkload, gib, workloads } from '../../cost/workloads.js'
import { memoryText } from '../../report/text/cost.js'
import type { Catalogue } from '../../search/catalogue/catalogue.js'
import { unknownName } from '../options/suggest.js'
import { knownDesigns, knownPlatform } from '../options/values.js'
import { pageBytes } from './measured.js'

interface AskedOptions {
  readonly workload?: readonly string[]
  readonly guest?: number
  readonly driver?: string
  readonly backing?: 'separate' | 'in-place'
  readonly platform: string
}

/** What is to be measured, by workload. @param own a workload from a file, which takes the place of the named ones */
export function askedOf(
  designs: readonly string[],
  options: AskedOptions,
  own: Workload | undefined,
  catalogue: Catalogue,
): Result<CostQuestion[][]> {
  const known = knownDesigns(designs, catalogue)
  if (!known.ok) return known
  const platform = knownPlatform(options.platform, catalogue)
  if (!platform.ok) return platform
  const wanted = own === undefined ? workloadsOf(options.workload) : ok([own])
  if (!wanted.ok) return wanted
  const machines = machinesOf(known.value, options, catalogue)
  if (!machines.ok) return machines
  const questions: CostQuestion[][] = []
  for (const workload of wanted.value) {
    const pages = guestOf(workload, options.guest)
    if (!pages.ok) return pages
    const rest = { platform: platform.value, workload, pages: pages.value }
    questions.push(machines.value.map((machine) => ({ ...machine, ...rest })))
  }
  return ok(questions)
}

function workloadsOf(wanted: readonly string[] = ['boot']): Result<readonly Workload[]> {
  if (wanted.includes('all')) return ok(workloads)
  const names = workloads.map(({ name }) => name)
  const wrong = wanted.find((name) => findWorkload(name) === undefined)
  if (wrong !== undefined) return refuse(unknownName('--workload', wrong, names))
  return ok(wanted.flatMap((name) => findWorkload(name) ?? []))
}

const superpage = 512

/** Pages of the guest: as asked, as the workload says, or no more than it needs. */
function guestOf(workload: Workload, bytes: number | undefined): Result<number> {
  const needed = pagesNeeded(workload)
  const pages = bytes === undefined ? Math.max(workload.pages, needed) : Math.floor(bytes / pageBytes)
  const found = `--guest: found ${memoryText(pages)}`
  if (pages < needed) return refuse(`${found}, but ${workload.name} needs ${memoryText(needed)} at least`)
  if (pages % superpage !== 0) return refuse(`${found}, expected a multiple of 2 MiB`)
  if (pages > maxExtrapolatedPages) return refuse(`${found}, expected ${memoryText(maxExtrapolatedPages)} at most`)
  if (pages > maxMeasuredPages && pages % gib !== 0) {
    return refuse(`${found}, expected whole GiB above ${memoryText(maxMeasuredPages)}`)
  }
  return ok(pages)
}

type MachineOfCost = Pick<CostQuestion, 'design' | 'driver' | 'backing'>

function machinesOf(
  designs: readonly string[],
  { driver, backing }: AskedOptions,
  catalogue: Catalogue,
): Result<MachineOfCost[]> {
  const machines: MachineOfCost[] = []
  for (const name of designs) {
    const design = catalogue.findDesign(name)
    if (design === undefined) continue
    const drivers = driver === undefined || driver === 'all' ? design.drivers.map((one) => one.name) : [driver]
    for (const driver of drivers) {
      const found = catalogue.findDriver(design, driver)
      if (!found.ok) return found
      machines.push({ design: name, driver, backing: backing ?? design.backings[0] ?? 'separate' })
    }
  }
  return ok(machines)
}
