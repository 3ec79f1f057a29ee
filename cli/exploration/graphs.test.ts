import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { rvgenForm } from '../../export/testing/rvgen-form.js'
import { builtIn } from '../../search/catalogue/catalogue.js'
import { run } from '../program.js'
import { fakeIo } from '../testing/fake-io.js'
import { commandsOf } from '../testing/markdown.js'
import { type GraphOptions, writeGraphs } from './graphs.js'
import { explorationSpecsOf } from './specs.js'

const folder = mkdtempSync(join(tmpdir(), 'dmaproof-'))
afterAll(() => rmSync(folder, { recursive: true }))

const graph = join(folder, 'states.dot')
const automaton = join(folder, 'events.dot')
const small = 'pages=1,pagesPerSuperpage=1,vcpus=1'

function written(scope: string, options: GraphOptions) {
  const asked = { scope, platform: 'tdx-2021-reading', property: ['no-stale-frame'] }
  const specs = explorationSpecsOf('on-demand-4k', asked, builtIn)
  const lines = specs.ok ? writeGraphs(specs.value, options, builtIn) : specs
  return lines.ok ? lines.value : lines.problem.message
}

test('explore writes the graph and the automaton of one machine, and says how large they are', () => {
  expect(written(`${small},backing=separate`, { graph, automaton })).toEqual([
    `graph of 172 states and 479 steps: ${graph}`,
    `automaton of 36 states and 17 events: ${automaton}`,
  ])
  expect(readFileSync(graph, 'utf8').match(/ -> /g)).toHaveLength(479)
  expect(rvgenForm(readFileSync(automaton, 'utf8')).states).toHaveLength(36)
})

test('the commands of docs/export.md and of the help make a graph or an automaton of one machine', async () => {
  const help = fakeIo()
  await run(['explore', '--help'], help)
  const texts = [readFileSync(new URL('../../docs/export.md', import.meta.url), 'utf8'), help.said().out]
  const commands = commandsOf(texts.join('\n').replace(/^ *dmaproof/gm, 'npx dmaproof')).map(({ words }) => words)
  const graphs = commands.filter((words) => words.includes('--graph') || words.includes('--automaton'))
  expect(graphs).toHaveLength(3)
  for (const words of graphs) {
    const io = fakeIo()
    await run([...words.slice(0, -1), graph], io)
    expect(io.said().err).toMatch(/^(graph|automaton) of \d+ states and /)
  }
})

test('several machines, or one that is too large, are refused before anything is searched', () => {
  const path = join(folder, 'none.dot')
  expect(written(small, { graph: path })).toBe('--graph: found 2 machines, expected one')
  expect(written('pages=2,vcpus=1,backing=separate', { graph: path })).toBe(
    '--graph: the machine has more than 200 states',
  )
  expect(existsSync(path)).toBe(false)
})

test('the command ends with 2 then, and for the benchmark model', async () => {
  for (const words of [['on-demand-4k'], ['b1']]) {
    const io = fakeIo()
    expect(await run(['explore', ...words, '--graph', graph], io)).toBe(2)
    expect(io.said().err).toMatch(/--graph: (found \d+ machines|no effect on b1)/)
  }
})
