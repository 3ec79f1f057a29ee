import { makeFolder, reasonOf } from '../../base/folder.js'
import { ok, type Result, refuse } from '../../base/result.js'
import type { Catalogue } from '../../search/catalogue/catalogue.js'
import type { ExplorationSpec } from '../../search/exhaustive/exploration-spec.js'
import {
  type AllExplored,
  type ExplorationMemory,
  type ExplorationWatch,
  exploreAll,
  openExploration,
} from '../../search/exhaustive/explore-all.js'
import { complain, type Io } from '../terminal/io.js'
import { makeProgress } from '../terminal/progress.js'
import { capacityOf, memoryFor } from './memory.js'
import type { ExploreCommandOptions } from './options.js'

/** Seconds for all machines of the default scope, so that the command ends in two minutes. */
const wholeTime = 110

/**
 * Explores machines as the command line says, shows how far each is, and complains of what could not be saved.
 *
 * @param onFound called after each machine; `isInterrupted` once ^C has come
 * @returns refused if something is wrong before the first search
 */
export async function explorationRun(
  io: Io,
  specs: readonly ExplorationSpec[],
  options: ExploreCommandOptions,
  catalogue: Catalogue,
  onFound: ExplorationWatch['onFound'],
): Promise<Result<AllExplored>> {
  const secondsFor = secondsIn(options)
  const memory: ExplorationMemory = {
    capacityOf: (spec, packing) => capacityOf(spec, packing, options),
    take: (spec, packing, kept) => memoryFor(spec, packing, options, kept),
  }
  const opened = await openExploration(specs, { catalogue, memory })
  if (!opened.ok) return opened
  const { checkpoints: folder, every, workers, save, fields = false } = options
  const made = makeCheckpoints(folder)
  if (!made.ok) return made
  const checkpoints = { folder, everySeconds: every }
  const asked = { catalogue, memory, secondsFor, workers, fields, checkpoints, save }
  return ok(await exploreAll(opened.value, asked, watchOn(io, onFound)))
}

/** Seconds for the next of so many machines: as asked, or, for the default scope, half of those that are left. */
function secondsIn({ time, scope, states }: ExploreCommandOptions): (machines: number) => number | undefined {
  const began = performance.now()
  return (machines) => {
    if (time !== undefined || scope !== undefined || states !== undefined) return time
    const left = Math.max(0, wholeTime - (performance.now() - began) / 1000)
    return machines === 1 ? left : left / 2
  }
}

function makeCheckpoints(folder: string): Result<void> {
  try {
    makeFolder(folder)
    return ok(undefined)
  } catch (error) {
    return refuse(`--checkpoints ${folder}: ${reasonOf(error)}`)
  }
}

function watchOn(io: Io, onFound: ExplorationWatch['onFound']): ExplorationWatch {
  let complained = ''
  return {
    // how many states there are is known at the end: until then, a bound tells how long it may take
    onSearch: (machine, of) =>
      makeProgress(io, of === 1 ? 'explore' : `explore, machine ${machine} of ${of}`, 'at most'),
    onFound,
    onUnsaved: (path, error) => {
      const message = `${path}: the search could not be saved: ${reasonOf(error)}`
      if (message !== complained) complain(io, message) // once: a search that runs for a night tries again every minute
      complained = message
    },
    onLongerKept: (path) =>
      complain(io, `${path}: a longer search of the same machine is kept there, and stays; --resume continues it`),
    onInterrupt: io.onInterrupt,
  }
}
