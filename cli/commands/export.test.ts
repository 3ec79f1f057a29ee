import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { writeTranscript } from '../../conform/protocol/transcript.js'
import { traceFormatNames, traceFormats } from '../../export/formats.js'
import { raceTrace, staleFrame } from '../../export/testing/traces.js'
import { writeTrace } from '../../search/trace.js'
import { divergence, divergenceAbout } from '../../view/testing/divergence.js'
import { run } from '../program.js'
import { fakeIo } from '../testing/fake-io.js'

const folder = mkdtempSync(join(tmpdir(), 'dmaproof-'))
afterAll(() => rmSync(folder, { recursive: true }))

const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
const saved = file('race.ndjson', writeTrace(raceTrace))

async function exported(...words: string[]) {
  const io = fakeIo()
  const status = await run(['export', ...words], io)
  return { status, ...io.said() }
}

test('without a word the form is text: the columns of the trace', async () => {
  const { status, out } = await exported(saved)
  expect(status).toBe(0)
  expect(out).toContain('vCPU 0')
  expect(out.split('\n').every((line) => line.length <= 72)).toBe(true)
})

test.each(traceFormatNames)('the ending of the output says that the form is %s', async (format) => {
  const output = join(folder, `race${traceFormats[format].ending}`)
  const { status, out } = await exported(saved, '-o', output)
  expect({ status, out }).toEqual({ status: 0, out: `${output}\n` })
  expect(readFileSync(output, 'utf8')).toBe((await exported(saved, '--format', format)).out)
})

test('a form that is asked for outranks the ending', async () => {
  const output = join(folder, 'diagram.md')
  await exported(saved, '--format', 'mermaid', '-o', output)
  expect(readFileSync(output, 'utf8')).toMatch(/^sequenceDiagram\n/)
})

test.each<[string, string, string]>([
  ['is no trace', 'hello', ':1: not a trace header'],
  [
    'has an unknown action',
    writeTrace(raceTrace).replace('iommu.walk', 'iommu.run'),
    'no action is called "iommu.run"',
  ],
])('export refuses a file that %s', async (name, text, message) => {
  const { status, out, err } = await exported(file(`${name}.ndjson`, text))
  expect({ status, out }).toEqual({ status: 2, out: '' })
  expect(err).toContain(message)
})

test('export says why the output could not be written', async () => {
  const { status, err } = await exported(saved, '-o', join(saved, 'out.md'))
  expect(status).toBe(2)
  expect(err).toContain('the export could not be written')
})

const stale = staleFrame()
const states = file('states.itf.json', must(traceFormats.itf.write(stale)))

async function ran(...words: string[]) {
  const io = fakeIo()
  const status = await run(words, io)
  return { status, ...io.said() }
}

test('a trace in ITF replays as the trace itself does, and can be made a trace again', async () => {
  const itself = await ran('replay', file('stale.ndjson', writeTrace(stale)))
  expect(itself.status).toBe(1)
  expect(await ran('replay', states)).toEqual(itself)
  expect((await ran('minimise', states)).out).toBe(writeTrace(stale))
})

test('states of another program need a trace of their machine, and what is no view is left out', async () => {
  const { states: own } = JSON.parse(readFileSync(states, 'utf8')) as { states: object[] }
  const foreign = file('foreign.json', JSON.stringify({ vars: [], states: own.map((state) => ({ ...state, x: 1 })) }))
  const unnamed = await ran('replay', foreign)
  expect(unnamed.status).toBe(2)
  expect(unnamed.err).toContain('Name a trace of the machine: --machine TRACE')
  const named = await ran('replay', foreign, '--machine', join(folder, 'stale.ndjson'))
  expect({ status: named.status, err: named.err }).toEqual({
    status: 1,
    err: `dmaproof: ${foreign}: left out, since no view of the state is called so: x\n`,
  })
})

test('--machine is refused for a trace, and if it is no trace itself', async () => {
  const trace = join(folder, 'stale.ndjson')
  expect(await ran('replay', trace, '--machine', trace)).toMatchObject({ status: 2, out: '' })
  const foreign = file('other.json', '{"vars": [], "states": [{}]}')
  expect((await ran('replay', foreign, '--machine', foreign)).err).toContain('not a trace header')
})

test.each(traceFormatNames)(
  'replay shows a trace as %s, as export writes it, and ends as it does in columns',
  async (format) => {
    const trace = join(folder, 'stale.ndjson')
    const shown = await ran('replay', trace, '--format', format)
    expect({ status: shown.status, err: shown.err }).toEqual({ status: 1, err: '' })
    if (format === 'text') expect(shown.out).toBe((await ran('replay', trace)).out)
    else if (format === 'itf') expect(JSON.parse(shown.out)).toEqual(JSON.parse(must(traceFormats.itf.write(stale))))
    else expect(shown.out).toBe((await exported(trace, '--format', format)).out)
  },
)

test('replay says in each form that nothing is violated', async () => {
  const clean = file(
    'clean.ndjson',
    writeTrace({ header: { ...stale.header, steps: 1 }, steps: stale.steps.slice(0, 1) }),
  )
  const { status, out } = await ran('replay', clean, '--format', 'markdown')
  expect(status).toBe(0)
  expect(out.replaceAll(/\s+/g, ' ')).toContain('no-stale-frame: in this model it is not violated')
})

const transcript = file('divergence.ndjson', writeTranscript(divergence, divergenceAbout))

test.each(['text', 'markdown', 'mermaid', 'svg'] as const)(
  'a transcript is exported as %s, and replay shows it so and ends as it does in columns',
  async (format) => {
    const made = await exported(transcript, '--format', format)
    expect({ status: made.status, err: made.err }).toEqual({ status: 0, err: '' })
    expect(made.out).toContain('ENOENT')
    expect(await ran('replay', transcript, '--format', format)).toEqual({ ...made, status: 1 })
  },
)

test('a transcript is refused as states, with the forms that it can have', async () => {
  for (const words of [
    ['export', transcript],
    ['replay', transcript],
  ]) {
    const { status, out, err } = await ran(...words, '--format', 'itf')
    expect({ status, out }).toEqual({ status: 2, out: '' })
    expect(err.replace(/\s+/g, ' ')).toContain(`${transcript}: found a transcript, expected a trace`)
    expect(err.replace(/\s+/g, ' ')).toContain('A transcript can be text, markdown, mermaid or svg.')
  }
})

test('a transcript that was cut off is refused with its line', async () => {
  const cut = file('cut.ndjson', writeTranscript(divergence, divergenceAbout).split('\n').slice(0, 3).join('\n'))
  const { status, err } = await exported(cut, '--format', 'mermaid')
  expect(status).toBe(2)
  expect(err).toMatch(/cut\.ndjson:3: found 2 lines, expected \d+: it was cut off/)
})
