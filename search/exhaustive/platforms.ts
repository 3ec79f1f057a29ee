import { ok, type Result } from '../../base/result.js'
import type { StoreMemory } from '../../checker/memory/store-memory.js'
import type { Packing } from '../../checker/packing/packing.js'
import { type Platform, parsePlatform } from '../../model/machine/platform.js'
import { broken } from '../../properties/failure.js'
import { builtIn, type Catalogue } from '../catalogue/catalogue.js'
import { buildMachine, type MachineConfigInput } from '../machine-config.js'
import { replay, Simulator } from '../simulator.js'
import { encodeTrace, recordViolation } from '../trace.js'
import type { Verdict } from '../verdict.js'
import { type Proof, proveMachine } from './verdicts.js'

interface PlatformOptions {
  /** What names mean. */
  readonly catalogue?: Catalogue
  /** The seconds of a search that is about to begin. */
  readonly secondsFor?: () => number
}

/** What is proved on one of several platforms. */
export interface PlatformProof extends Proof {
  /** The place in the list of the platform that was searched: its own, or that of one that answers alike. */
  readonly searchedOn: number
}

/**
 * Searches one machine on several platforms. One that answers all that an earlier search asked its platform for as the
 * earlier one did needs no search: it would go the same way, step by step.
 *
 * @returns what is proved on each platform
 */
export function provePlatforms(
  setup: MachineConfigInput,
  platforms: readonly string[],
  names: readonly string[],
  memory: (packing: Packing, most: number) => StoreMemory,
  { catalogue = builtIn, secondsFor }: PlatformOptions = {},
): Result<readonly PlatformProof[]> {
  const known: { readonly platform: Platform; readonly proved: PlatformProof }[] = []
  const all: PlatformProof[] = []
  for (const [place, name] of platforms.entries()) {
    const here = { ...setup, platform: name }
    const parsed = parsePlatform(name)
    if (!parsed.ok) return parsed
    const platform = parsed.value
    const same = buildMachine(here, catalogue).ok ? known.find((earlier) => answersAlike(platform, earlier)) : undefined
    if (same !== undefined) {
      const { proved } = same
      all.push({ ...proved, verdicts: proved.verdicts.map((verdict) => carried(verdict, here, catalogue)) })
      continue
    }
    const searched = proveMachine(here, names, memory, { catalogue, ...(secondsFor && { seconds: secondsFor() }) })
    if (!searched.ok) return searched
    const proved = { ...searched.value, searchedOn: place }
    if (proved.asked.length > 0) known.push({ platform, proved })
    all.push(proved)
  }
  return ok(all)
}

const answersAlike = (other: Platform, { platform, proved }: { platform: Platform; proved: Proof }): boolean =>
  proved.asked.every((field) => JSON.stringify(other[field]) === JSON.stringify(platform[field]))

/** The same verdict on another platform. A counterexample is taken there once more, and has to fail there. */
function carried(verdict: Verdict, setup: MachineConfigInput, catalogue: Catalogue): Verdict {
  const moved = { ...verdict, platform: setup.platform }
  if (verdict.trace === undefined) return moved
  const opened = buildMachine(setup, catalogue)
  const run = encodeTrace(verdict.trace)
  const property = catalogue.findProperty(verdict.property)
  if (!opened.ok || !run.ok || property === undefined) throw new Error(`${verdict.property} cannot be carried over`)
  const simulator = new Simulator(opened.value.machine)
  const { failure, skipped } = replay(simulator, run.value, property)
  const isLoop = property.name === 'conversion-ends' && skipped < 0
  if (failure === undefined && !isLoop) {
    throw new Error(`the run to ${property.name} on ${verdict.platform} does not fail on ${setup.platform}`)
  }
  const { seed, why, broken: rule } = verdict.trace.header
  // On another architecture a failure may break another rule.
  const cited = failure === undefined ? { why, ...(rule === undefined ? {} : { broken: rule }) } : broken(failure)
  const said = { seed, ...cited, ...catalogue.filesFor(setup, property) }
  return { ...moved, trace: recordViolation(simulator, opened.value.setup, run.value, property, said) }
}
