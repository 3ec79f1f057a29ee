import type { Action } from '../../model/machine/action.js'
import type { Scope } from '../../model/machine/scope.js'
import type { RecordedStep, StepEffects } from '../../search/step-effects.js'
import { actorOf, type ColumnActor } from './actor.js'

/** One step of a run in words: who took it, what it was, and what came of it. */
export interface ActorLine {
  readonly actor: ColumnActor
  readonly text: string
}

/** Values at rest, which say nothing to a reader. */
const quiet: Readonly<Record<string, number | string>> = { half: 'mapped', keep: 'none', flaw: 'none', ih: 0 }
/** Values that need their parameter's name, or a word of their own. */
const spoken: Readonly<Record<string, string>> = {
  'half=other': 'in the other half',
  'ih=1': 'ih',
}

/** Tells each recorded step with its outcome and effects. */
export function narrate(steps: readonly RecordedStep[], scope: Scope): ActorLine[] {
  const silent = new Set(scope.units === 1 ? ['unit'] : [])
  if (steps.every(({ action: { domain } }) => domain === undefined || domain === 0)) silent.add('domain')
  return steps.map(({ action, outcome, effects }) => {
    const { actor, said } = actorOf(action, scope)
    const came = [...(outcome === 'ok' ? [] : [outcome]), ...(effects === undefined ? [] : effectsInWords(effects))]
    return { actor, text: `${words(action, new Set([...silent, said]))}${came.map((one) => ` → ${one}`).join('')}` }
  })
}

/** `kvm.set-attributes gfn=2..3 private` */
function words(action: Action, silent: ReadonlySet<string>): string {
  const { kind, ...rest } = action
  const count = Number(rest.count ?? 1)
  const said = Object.entries(rest)
    .filter(([name, value]) => !silent.has(name) && name !== 'count' && quiet[name] !== value)
    .map(([name, value]) => {
      const isRange = (name === 'gfn' || name === 'iovfn') && count > 1
      if (isRange) return `${name}=${value}..${Number(value) + count - 1}`
      return spoken[`${name}=${value}`] ?? (typeof value === 'string' ? value : `${name}=${value}`)
    })
  return [kind, ...said].join(' ')
}

function effectsInWords({ dma, conversion, hostDied }: StepEffects): string[] {
  return [
    ...(dma === undefined ? [] : [dmaInWords(dma)]),
    ...(conversion === undefined ? [] : [conversionWords[conversion]]),
    ...(hostDied === undefined ? [] : ['machine check of the host']),
  ]
}

/** What stands behind the arrow of an action, in sentences. */
export const effectWordSays: Readonly<Record<string, string>> = {
  converted: 'The conversion is done, and the guest is told so.',
  'conversion refused': 'The guest is told an error, and the pages stay as they were for it.',
  'VM stopped': 'The VM is stopped in the place of an answer.',
  'machine check of the host': 'The host has accessed memory that is protected from it, and dies.',
  'not recorded': 'The IOMMU blocked the DMA, and counted the fault as lost.',
  'its record suppressed': 'The IOMMU blocked the DMA, and a rule suppresses the record of the fault.',
}

const conversionWords = {
  done: 'converted',
  refused: 'conversion refused',
  retry: 'RETRY',
  stopped: 'VM stopped',
} as const
const recordWords = { written: '', none: ', not recorded', suppressed: ', its record suppressed' } as const

function dmaInWords(dma: NonNullable<StepEffects['dma']>): string {
  if (dma.end === 'blocked') return `blocked: ${dma.reason}${recordWords[dma.record]}`
  return `${dma.owner === 'host' ? '' : `${dma.owner} `}frame ${dma.frame}`
}
