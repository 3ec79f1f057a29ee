import mermaid from 'mermaid'
import { expect, test } from 'vitest'
import { lassoAtStart } from '../view/testing/shown.js'
import { escaped, mermaidLimit, mermaidOf } from './mermaid.js'
import { hostileTexts, hostileTrace, lassoTrace, longTrace, raceTrace } from './testing/traces.js'

/** @throws what Mermaid's own parser says is wrong */
const parsed = (text: string) => mermaid.parse(text)

test('a trace is a sequence diagram that Mermaid reads: a participant an actor, an arrow a step', async () => {
  const text = mermaidOf(raceTrace)
  expect(await parsed(text)).toMatchObject({ diagramType: 'sequence' })
  expect(text.match(/->>/g)).toHaveLength(raceTrace.steps.length)
  expect(text.split('\n').slice(0, 6)).toEqual([
    'sequenceDiagram',
    '  participant v0 as vCPU 0',
    '  participant d0 as device 0',
    '  participant io as IOMMU',
    '  d0->>io: dma.issue gfn=1 write',
    '  io-->>d0: iommu.walk device=0 iotlb → frame 1',
  ])
  expect(text).toContain('  Note over v0,io: host-survives#58; the host takes a machine check\n')
})

test.each(hostileTexts)('a text %j of a trace is shown, and means nothing to Mermaid', async (hostile) => {
  const text = mermaidOf(hostileTrace(hostile))
  await parsed(text)
  expect(text.split('\n')).toHaveLength(mermaidOf(raceTrace).split('\n').length)
})

test('Mermaid refuses what is not escaped', async () => {
  await expect(parsed('sequenceDiagram\n  v0->>v0: a; end\n')).rejects.toThrow('Parse error')
})

test.each([9, 40, 400])('a trace %j times as long has no more characters than a forge shows', async (times) => {
  const long = longTrace(times)
  const text = mermaidOf(long)
  expect(text.length).toBeLessThanOrEqual(mermaidLimit)
  await parsed(text)
  const left = Number(/: (\d+) steps are left out here/.exec(text)?.[1])
  expect((text.match(/->>/g) ?? []).length + left).toBe(long.steps.length)
  expect(text.trimEnd().split('\n').slice(-3)).toEqual(mermaidOf(raceTrace).trimEnd().split('\n').slice(-3))
})

test.each(hostileTexts)('with the text %j, however long, it has no more either', async (hostile) => {
  const text = mermaidOf({ ...hostileTrace(hostile.repeat(2000)), steps: longTrace(9).steps })
  expect(text.length).toBeLessThanOrEqual(mermaidLimit)
  await parsed(text)
})

test('the loop of a lasso has a note where it begins, and one at its end', async () => {
  const text = mermaidOf(lassoTrace())
  await parsed(text)
  expect(text).toMatch(/the loop begins here\n(?:.*\n)*.*back to where the loop begins\n.*conversion-ends/)
})

test('a loop that begins before the first step has its note there', async () => {
  const text = mermaidOf(lassoAtStart())
  await parsed(text)
  const notes = text.split('\n').filter((line) => !line.includes('participant'))
  expect(notes.slice(1, 3)).toEqual([
    expect.stringContaining('left to continue fairly, each party in its turn'),
    expect.stringContaining('the loop begins here'),
  ])
})

test('a text is never longer than it may be, and ends in an ellipsis then', () => {
  expect(escaped(';'.repeat(100), 20)).toBe('#59;#59;#59;#59;…')
})

test('a trace without a step, whose first state fails, is a diagram with its reason alone', async () => {
  const text = mermaidOf({ ...raceTrace, steps: [] })
  await parsed(text)
  expect(text.split('\n').slice(1)).toEqual([
    '  participant h as host',
    '  Note over h: host-survives#58; the host takes a machine check',
    '',
  ])
})
