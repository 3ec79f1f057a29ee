import { initialState } from '../model/initial.js'
import type { Machine } from '../model/machine.js'
import { Coverage } from '../model/relation.js'
import { Owner, type State } from '../model/state.js'

/**
 * One way in which everything so far may have gone: a state of the model on one platform, and beside it what the
 * protocol shows and the model leaves out, the value of each frame and whether a fault waits to be observed.
 */
export class World {
  private constructor(
    readonly machine: Machine,
    /** The platform by name, for people. */
    readonly platform: string,
    readonly state: State,
    /** Value by frame; a free frame has 0, as a fresh page does. */
    readonly values: Uint8Array,
    public faulted: boolean,
    /** What the calls since the reset rested on in this world, where somebody asks. */
    readonly trail: Coverage | undefined,
  ) {}

  /** After a reset. */
  static fresh(machine: Machine, platform: string, isWatched = false): World {
    const state = initialState(machine)
    const trail = isWatched ? new Coverage() : undefined
    return new World(machine, platform, state, new Uint8Array(state.owner.length), false, trail)
  }

  copy(): World {
    const state = this.machine.blankState()
    state.bytes.set(this.state.bytes)
    const trail = this.trail && new Coverage()
    const world = new World(this.machine, this.platform, state, this.values.slice(), this.faulted, trail)
    world.follow(this.trail)
    return world
  }

  /** Becomes another world of the same machine, without making one. */
  become(other: World): void {
    this.state.bytes.set(other.state.bytes)
    this.values.set(other.values)
    this.faulted = other.faulted
    this.follow(other.trail)
  }

  /** Keeps of its trail what another world, in which all is the same, has in its own. */
  agree(other: World): void {
    if (this.trail === undefined || other.trail === undefined) return
    keepBoth(this.trail.taken, other.trail.taken)
    keepBoth(this.trail.failed, other.trail.failed)
  }

  private follow(trail: Coverage | undefined): void {
    if (this.trail === undefined || trail === undefined) return
    this.trail.taken.set(trail.taken)
    this.trail.failed.set(trail.failed)
  }

  equals(other: World): boolean {
    return (
      this.machine === other.machine &&
      this.faulted === other.faulted &&
      Buffer.compare(this.state.bytes, other.state.bytes) === 0 &&
      Buffer.compare(this.values, other.values) === 0
    )
  }

  /** Forgets what frames held that are nobody's any more. */
  forgetFreed(): void {
    const { owner } = this.state
    for (let frame = 0; frame < owner.length; frame += 1) if (owner[frame] === Owner.Free) this.values[frame] = 0
  }
}

function keepBoth(mine: Float64Array, others: Float64Array): void {
  for (const [at, times] of others.entries()) mine[at] = Math.min(mine[at] ?? 0, times)
}
