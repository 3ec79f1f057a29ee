import { spawnSync } from 'node:child_process'
import { marked } from 'marked'
import mermaid from 'mermaid'
import { expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { visible } from '../../base/visible.js'
import { traceFormatNames } from '../formats.js'
import { mermaidLimit } from '../mermaid.js'
import { hostileTexts } from '../testing/traces.js'
import { allRight, checkedCalls, diedThere, longTranscript, lostMapping } from '../testing/transcripts.js'
import { checkedOf, exchanged } from './checked.js'
import { writeTranscriptAs } from './formats.js'
import { mermaidOfTranscript } from './mermaid.js'

const parsed = (text: string) => mermaid.parse(text)
const written = (name: (typeof traceFormatNames)[number], checked = lostMapping()) =>
  must(writeTranscriptAs(name, checked, 'a file.ndjson'))

test('a transcript is a diagram that Mermaid reads: requests, replies, and a cross at the wrong one', async () => {
  const text = written('mermaid')
  expect(await parsed(text)).toMatchObject({ diagramType: 'sequence' })
  expect(text.split('\n')).toEqual([
    'sequenceDiagram',
    '  participant h as host',
    '  participant d1 as device 1',
    '  participant t as linux-7.2',
    '  h->>t: reset on 8 pages, superpages of 4, 2 devices',
    '  t-->>h: ok',
    '  h->>t: map iovfn=4..5 rw',
    '  t-->>h: ok, pins 2',
    '  d1->>t: dma-write iovfn=5 value=7',
    expect.stringMatching(/^ {2}t-->>d1: ok/),
    '  h->>t: unmap iovfn=4..5',
    '  t--xh: ENOENT',
    '  Note over h,t: iommufd, checked against linux-7.2#58; the model does not allow the last reply',
    expect.stringMatching(/^ {2}Note over h,t: linux-7\.2 allows#58; ok.* \S/),
    '',
  ])
})

test('where the target died, the diagram says so in the place of a reply', async () => {
  const text = written('mermaid', diedThere())
  await parsed(text)
  expect(text).toContain('\n  t--xh: died#58; the target died\n')
})

test('a diagram of replies that the model allows has no cross, and says so', async () => {
  const text = written('mermaid', allRight())
  await parsed(text)
  expect(text).not.toContain('--x')
  expect(text).toContain('the model allows every reply')
})

test('a reset that fails is the last request', async () => {
  const checked = checkedCalls('t', [])
  const allowed = [{ platform: 'linux-7.2', answer: { outcome: 'ok' as const }, why: 'fresh', rules: [] }]
  const divergence = { sequence: checked.sequence, answers: [], seen: { outcome: 'EIO' as const }, allowed }
  const text = mermaidOfTranscript(checkedOf({ header: checked.header, divergence }))
  await parsed(text)
  expect(text).toContain('  h->>t: reset on 8 pages, superpages of 4, 2 devices\n  t--xh: EIO\n')
})

test('the calls before an earlier reset come first, with their replies', () => {
  const checked = lostMapping()
  const { found } = checked
  if (found === undefined) throw new Error('the model allows it')
  const earlier = allRight()
  const divergence = {
    ...found,
    sequence: { ...found.sequence, earlier: [earlier.sequence] },
    earlierAnswers: earlier.replies,
  }
  const all = exchanged(checkedOf({ header: checked.header, divergence }))
  expect(all.map(({ request }) => request.text.split(' ')[0])).toEqual([
    'reset',
    'map',
    'dma-write',
    'unmap',
    'reset',
    'map',
    'dma-write',
    'unmap',
  ])
  expect(all.map(({ isWrong }) => isWrong).indexOf(true)).toBe(7)
  expect(all.every(({ reply }) => reply !== '')).toBe(true)
})

test.each(hostileTexts)(
  'a target that is called %j means nothing to Mermaid, and stays in code in Markdown',
  async (name) => {
    const checked = lostMapping(name)
    const diagram = written('mermaid', checked)
    await parsed(diagram)
    expect(diagram.split('\n')).toHaveLength(written('mermaid').split('\n').length)
    expect(blocks(written('markdown', checked))).toEqual(blocks(written('markdown')))
  },
)

test.each([40, 400])(
  'a transcript of three times %j calls has no more characters than a forge shows',
  async (times) => {
    const text = written('mermaid', longTranscript(times))
    await parsed(text)
    expect(text.length).toBeLessThanOrEqual(mermaidLimit)
    const left = Number(/: (\d+) requests are left out here/.exec(text)?.[1])
    expect((text.match(/->>t/g) ?? []).length + left).toBe(times * 3 + 2)
    expect(text).toContain('\n  t--xh: EEXIST\n')
  },
)

/** What a renderer of Markdown makes of it. */
const blocks = (text: string): string[] =>
  marked.lexer(text).flatMap((token) => {
    if (token.type === 'space') return []
    return [token.type === 'code' ? `code ${token.lang}` : token.type === 'html' ? token.raw.trim() : token.type]
  })

test('a transcript in Markdown is a heading, its columns, its diagram folded in, and how to replay it', () => {
  const text = written('markdown')
  const details = ['<details><summary>As a diagram</summary>', 'code mermaid', '</details>']
  expect(blocks(text)).toEqual(['heading', 'code text', ...details, 'code sh'])
  const codes = marked.lexer(text).flatMap((token) => (token.type === 'code' ? [token.text] : []))
  expect(codes).toEqual([written('text').trimEnd(), written('mermaid').trimEnd(), "dmaproof replay 'a file.ndjson'"])
})

test('the text form is what replay prints, as narrow as a mail', () => {
  const text = written('text')
  expect(text).toContain('linux-7.2 on iommufd, checked against linux-7.2\n')
  expect(text).toContain('the reply was: ENOENT')
  expect(text.split('\n').every((line) => line.length <= 72)).toBe(true)
})

const python =
  'import sys,json,xml.etree.ElementTree as e;r=e.fromstring(sys.stdin.buffer.read());' +
  's="{http://www.w3.org/2000/svg}";print(json.dumps([n.text for n in r.iter(s+"text")]))'
const hasPython = spawnSync('python3', ['--version']).status === 0

/** The texts that an XML parser finds in a picture. */
function textsOf(svg: string): string[] {
  const { stdout } = spawnSync('python3', ['-c', python], { input: svg, encoding: 'utf8' })
  return JSON.parse(stdout) as string[]
}

test.skipIf(!hasPython)(
  'a picture has the calls with their replies, the cells of the model, and what it allows',
  () => {
    const svg = written('svg')
    const texts = textsOf(svg)
    expect(texts.filter((text) => /→/.test(text)).map((text) => text.replaceAll(/ +/g, ' '))).toEqual([
      expect.stringMatching(/^host reset on 8 pages.* → ok$/),
      'host map iovfn=4..5 rw → ok, pins 2',
      expect.stringMatching(/^device 1 dma-write iovfn=5 value=7 → ok/),
      'host unmap iovfn=4..5 → ENOENT',
    ])
    expect(texts).toContain('IOMMU entry')
    expect(texts).toContain('the model does not allow the last reply')
    expect(svg.match(/class="bad"/g)?.length).toBe(1 + 2)
  },
)

test.skipIf(!hasPython).each(hostileTexts)('a target that is called %j means nothing in XML', (name) => {
  expect(textsOf(written('svg', lostMapping(name)))[0]).toContain(visible(name))
})

test('of all forms ITF alone is refused, with why, and what a transcript can be', () => {
  const refused = traceFormatNames.flatMap((name) => {
    const form = writeTranscriptAs(name, lostMapping(), 'f')
    return form.ok ? [] : [{ name, ...form.problem }]
  })
  expect(refused).toEqual([
    {
      name: 'itf',
      message: expect.stringMatching(/^found a transcript, expected a trace: .*without telling its state$/),
      remedy: 'A transcript can be text, markdown, mermaid or svg.',
    },
  ])
})
