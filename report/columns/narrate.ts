import { kinds } from '../../model/actions/relation.js'
import { step } from '../../model/actions/step.js'
import { type Action, decode } from '../../model/machine/action.js'
import { ConversionEnd, DmaEnd, reasonNames } from '../../model/machine/effects.js'
import { errnoNames } from '../../model/machine/errno.js'
import type { Machine } from '../../model/machine/machine.js'
import { Dma, Owner, type State } from '../../model/machine/state.js'
import type { Run, Simulator } from '../../search/simulator.js'
import { type Actor, actorOf } from './actor.js'

/** One step of a run in words: who took it, what it was, and what came of it. */
export interface Line {
  readonly actor: Actor
  readonly text: string
}

/** Values at rest, which say nothing to a reader. */
const quiet: Readonly<Record<string, number | string>> = { half: 'mapped', fill: 'no', flaw: 'none', ih: 0 }
/** Values that need their parameter's name, or a word of their own. */
const spoken: Readonly<Record<string, string>> = {
  'half=other': 'in the other half',
  'fill=yes': 'fill',
  'ih=1': 'ih',
}
const ownerWords: Readonly<Record<number, string>> = {
  [Owner.Td]: 'private ',
  [Owner.Free]: 'free ',
  [Owner.Removed]: 'removed ',
}

/** Where a run is played: a bench, or what takes its steps in another way and calls its actors by other names. */
export interface Stage extends Pick<Simulator, 'machine' | 'state' | 'reset'> {
  /** Takes the run's step of that index. @returns its errno */
  readonly take?: (at: number) => number
  readonly nameOf?: (actor: Actor) => string | undefined
}

/** Replays a run, every action of which is enabled, and tells each step with its outcome. */
export function narrate(bench: Stage, run: Run): Line[] {
  const { machine: m, state: s } = bench
  const actions = run.map((code) => decode(kinds, code))
  const silent = new Set(m.scope.units === 1 ? ['unit'] : [])
  if (actions.every(({ domain }) => domain === undefined || domain === 0)) silent.add('domain')
  bench.reset()
  return actions.map((action, index) => {
    const { actor, said } = actorOf(action, m.scope)
    const before = beforeStep(s, action)
    const errno = bench.take?.(index) ?? step(m, s, run[index] ?? new Int32Array(0))
    const came = [...(errno === 0 ? [] : [errnoNames[errno] ?? '?']), ...outcomes(m, s, before)]
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

/** What a step forgets when it ends a DMA. */
interface Before {
  readonly device: number
  readonly frame: number
  readonly owner: string
  readonly alive: boolean
}

function beforeStep(s: State, action: Action): Before {
  const device = typeof action.device === 'number' && action.vcpu === undefined ? action.device : -1
  const frame = device < 0 ? -1 : (s.dmaFrame[device] ?? 0) - 1
  return { device, frame, owner: ownerOf(s, frame), alive: s.hostDead[0] === 0 }
}

const ownerOf = (s: State, frame: number): string => (frame < 0 ? '' : (ownerWords[s.owner[frame] ?? -1] ?? ''))

function outcomes(m: Machine, s: State, before: Before): string[] {
  const { event } = m
  const came: string[] = []
  if (event.dma === DmaEnd.Blocked) came.push(blocked(event.reason, event.recorded))
  else if (event.dma === DmaEnd.Done && before.frame >= 0) came.push(`${before.owner}frame ${before.frame}`)
  else if (before.device >= 0 && s.dma[before.device] === Dma.Translated) {
    const frame = (s.dmaFrame[before.device] ?? 0) - 1
    came.push(`${ownerOf(s, frame)}frame ${frame}`)
  }
  if (event.conversion === ConversionEnd.Done) came.push('converted')
  if (event.conversion === ConversionEnd.Refused) came.push('conversion refused')
  if (event.conversion === ConversionEnd.Retry) came.push('RETRY')
  if (before.alive && s.hostDead[0] === 1) came.push('machine check of the host')
  return came
}

function blocked(reason: number, recorded: number): string {
  const record = recorded === 1 ? '' : recorded === 0 ? ', not recorded' : ', its record suppressed'
  return `blocked: ${reasonNames[reason] ?? '?'}${record}`
}
