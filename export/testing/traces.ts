import { must } from '../../base/result.js'
import { type MachineConfigInput, machineConfigSchema } from '../../search/machine-config.js'
import { raceActions, raceSetup, runOf, simulatorOf } from '../../search/testing/race.js'
import { record, type Trace } from '../../search/trace.js'
import { checkMachine } from '../../search/verdict.js'

const found = { property: 'host-survives', seed: 1, why: 'the host takes a machine check', page: 1 }

/** For tests: the trace of a race. */
export const raceTrace: Trace = record(
  simulatorOf(raceSetup),
  machineConfigSchema.parse(raceSetup),
  runOf(raceActions),
  found,
)

/** For tests: texts that would mean something to the reader of a format, if they were not escaped. */
export const hostileTexts: readonly string[] = [
  'a; end',
  'end',
  '#35; #quot; # comment',
  '%% comment %%{init: {}}%%',
  'line\nend\n  X->>Y: injected',
  '<script>alert(1)</script> </details>',
  '"quoted" \'single\' \\" \\',
  '```\n# heading\n```',
  '`` ` ``',
  'style:x#35;y;',
  'wrap: $$x^2$$ ‮ @user',
  'a->>b: c <br/> &lt;',
  '-->',
  '</script><script>alert(1)</script>',
  '[x](javascript:alert(1)) | y ¦ z',
  'a\0b\u001b[2J\u200f\u2066c',
  'good\rbad',
  '',
  ' ',
]

/** For tests: the race with hostile texts wherever a trace has a text of its own. */
export function hostileTrace(text: string): Trace {
  const { header, steps } = raceTrace
  const setup = { ...header.setup, design: text, driver: text, platform: text }
  return { header: { ...header, setup, property: text, why: text, broken: text }, steps }
}

/** For tests: the race, so many times one after the other. */
export function longTrace(times: number): Trace {
  const { header, steps } = raceTrace
  const many = Array.from({ length: times }, () => steps).flat()
  return { header: { ...header, steps: many.length }, steps: many }
}

/** For tests: a stale frame as a search finds it. */
export const staleFrame = (): Trace =>
  searched(
    { design: 'deferred-flush', driver: 'type1v2-lazy', scope: {}, platform: 'tdx-2026-reading' },
    'no-stale-frame',
  )

/** For tests: a livelock as a search finds it, with its fair continuation, which is a loop. */
export const lassoTrace = (): Trace =>
  searched({ ...livelock, platform: 'tdx-2026-reading inPlacePinCheck=refuse' }, 'conversion-ends')

const livelock = { design: 'pin-all', driver: 'type1v2', scope: { backing: 'in-place' as const } }

function searched(setup: MachineConfigInput, property: string): Trace {
  const verdicts = must(checkMachine(setup, [property], { seed: 1, runs: 200, length: 80 }))
  const trace = verdicts.find((verdict) => verdict.trace !== undefined)?.trace
  if (trace === undefined) throw new Error(`the search finds no violation of ${property}`)
  return trace
}
