import { expect, test } from 'vitest'
import { formatOfPath, traceFormatNames, traceFormats } from './formats.js'
import { lassoTrace, longTrace, raceTrace, staleFrame } from './testing/traces.js'

const lasso = lassoTrace()
const stale = staleFrame()
const bare = { header: { ...raceTrace.header, steps: 0 }, steps: [] }

test.each(traceFormatNames)('%s names the property and the reason of every trace, and ends in a line break', (name) => {
  for (const trace of [raceTrace, lasso, stale, bare]) {
    const written = traceFormats[name].write(trace)
    const text = written.ok ? written.value : written.problem.message
    expect(text).toContain(trace.header.property)
    expect(text.replaceAll(/#\d+;|\s+/g, ' ')).toContain(trace.header.why.split(/[^\w ]/)[0])
    expect(text.endsWith('\n')).toBe(true)
  }
})

test('the text form is as narrow as a mail', () => {
  const written = traceFormats.text.write(longTrace(3))
  expect(written.ok && written.value.split('\n').every((line) => line.length <= 72)).toBe(true)
})

test('a name with an ending of no form says nothing of the form', () => {
  expect(formatOfPath('trace.ndjson')).toBeUndefined()
  expect(formatOfPath('race.itf.json')).toBe('itf')
})
