import type { Source } from './sources.js'

/**
 * One sentence that a source demands or allows, as data.
 *
 * The id is permanent (`area.subject/case`); the sentence is ours; `at` is the exact place inside the source.
 * `must` binds every implementation. `may` leaves a choice open: the model then has an environment action or a
 * platform parameter for it, never a silent choice.
 *
 * @example
 * const rule: Rule = {
 *   id: 'vmm.own/no-answer', statement: 'A conversion that fails stops the VM.', force: 'may',
 *   source: { name: 'my VMM', revision: '1.0' }, at: 'convert()',
 * }
 */
export interface Rule {
  readonly id: `${string}.${string}/${string}`
  readonly statement: string
  readonly force: 'must' | 'may'
  readonly source: Source
  readonly at: string
}

/** A rule that no row, design or property uses, and the reason. */
export interface NotModelled {
  readonly rule: Rule
  readonly why: string
}
