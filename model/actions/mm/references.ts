import { inPlaceRefusesPinned, inPlaceShortReference } from '../../../spec/index.js'
import { someSet } from '../../machine/any-active.js'
import { hasReferences } from '../../machine/scope.js'
import { views } from '../accessed.js'
import { gfn } from '../parameters.js'
import { places } from '../places.js'
import { chooseFirst, environmentRow } from '../row.js'

const arg = places('gfn')

/** References to pages that others of the host take for a moment, without a touch of the data. */
export const referenceRows = {
  'mm.get-reference': environmentRow({
    says: 'Another user of the host takes a reference to a shared page, without a touch of its data.',
    actor: 'thread',
    params: [gfn],
    fairness: 'chosen',
    weight: 40,
    plan: 'none',
    outcome: 'errno',
    page: 'gfn',
    rules: [inPlaceShortReference],
    reads: views('references referencesLeft sharedFrame'),
    writes: views('references referencesLeft'),
    needs: { on: ({ scope }) => hasReferences(scope), says: 'scope references=1 backing=in-place' },
    candidates: (m, s) => (someSet(s.referencesLeft) ? m.pages : 0),
    choose: chooseFirst,
    possible: (_, s, a) => {
      const frame = s.sharedFrame[a[arg.gfn]] - 1
      return s.references.length > 0 && s.referencesLeft[0] > 0 && frame >= 0 && s.references[frame] === 0
    },
    apply: (_, s, a) => {
      s.references[s.sharedFrame[a[arg.gfn]] - 1] = 1
      s.referencesLeft[0] -= 1
    },
  }),
  'mm.put-references': environmentRow({
    says: 'All that hold references to shared pages let go of them.',
    actor: 'thread',
    params: [],
    fairness: { owedBy: 'reference', insteadOf: undefined, inLitmus: 'as written' },
    weight: 40,
    plan: 'none',
    outcome: 'errno',
    page: undefined,
    rules: [inPlaceShortReference, inPlaceRefusesPinned],
    reads: views('references'),
    writes: views('references'),
    needs: {
      on: ({ scope }) => hasReferences(scope) && !scope.lasting,
      says: 'scope references=1 backing=in-place lasting=false',
    },
    candidates: (_, s) => (someSet(s.references) ? 1 : 0),
    choose: () => undefined,
    possible: (m, s) => !m.scope.lasting && someSet(s.references),
    apply: (_, s) => {
      s.references.fill(0)
    },
  }),
}
