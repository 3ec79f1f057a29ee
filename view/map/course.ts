import type { ScopeInput } from '../../model/machine/scope.js'
import type { RecordedState } from '../../search/recorded-state.js'
import type { StepEffects } from '../../search/step-effects.js'

/** What a map is folded from: a trace, or the states of the model beside an implementation. */
export interface Course {
  readonly header: {
    readonly initial?: RecordedState | undefined
    readonly setup: { readonly scope?: ScopeInput | undefined; readonly platform?: string | undefined }
  }
  readonly steps: readonly ChangingStep[]
  readonly continuation?: readonly ChangingStep[]
}

export interface ChangingStep {
  readonly effects?: Pick<StepEffects, 'changed'> | undefined
}
