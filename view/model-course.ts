import type { CandidateState } from '../conform/oracle/candidate-state.js'
import type { State } from '../model/machine/state.js'
import { recordState } from '../search/recorded-state.js'
import { changes } from '../search/step-effects.js'
import type { ChangingStep, Course } from './map/course.js'
import { type Folded, foldCourse } from './map/fold.js'

/** The model beside an implementation, a state a call: those in which every reply so far is right. */
export class ModelCourse {
  private before: State | undefined
  private header: Course['header'] | undefined
  private readonly steps: ChangingStep[] = []
  private isWhole = true

  /** Keeps the state after a reset, and what each call changed since. */
  readonly note = ({ machine, state }: CandidateState): void => {
    const { before } = this
    if (before === undefined) {
      this.header = { initial: recordState(state), setup: { scope: machine.scope } }
      this.before = machine.blankState()
    } else if (before.bytes.length === state.bytes.length) {
      this.steps.push({ effects: { changed: changes(before, state) } })
    } else this.isWhole = false // the replies have excluded a platform, and the next one has other parts
    if (this.isWhole) this.before?.bytes.set(state.bytes)
  }

  /** The page map of the model; undefined if there is none of the whole course. */
  folded(): Folded | undefined {
    const { header, steps, isWhole } = this
    if (header === undefined || !isWhole) return undefined
    const folded = foldCourse({ header, steps })
    return folded.ok ? folded.value : undefined
  }
}
