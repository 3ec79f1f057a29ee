import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { visible } from '../../base/visible.js'
import { properties } from '../../properties/index.js'
import type { MachineConfigInput } from '../../search/machine-config.js'
import { simulatorOf } from '../../search/testing/race.js'
import { rvgenForm } from '../testing/rvgen-form.js'
import { hostileTexts } from '../testing/traces.js'
import { type Automaton, automatonOf, eventOf } from './automaton.js'
import { automatonDot } from './automaton-dot.js'
import { graphDot } from './graph-dot.js'
import { type StateGraph, stateGraph } from './state-graph.js'

const folder = mkdtempSync(join(tmpdir(), 'dmaproof-'))
afterAll(() => rmSync(folder, { recursive: true }))

const scope = { pages: 1, pagesPerSuperpage: 1, vcpus: 1, devices: 1 }
const setup = (design: string, driver: string): MachineConfigInput => ({ design, driver, scope, platform: 'linux-7.2' })
const asked = properties.filter(({ name }) => name === 'no-stale-frame')
const graphOf = (design: string, driver: string): StateGraph =>
  must(stateGraph(simulatorOf(setup(design, driver)), asked, 1000))

const held = graphOf('on-demand-4k', 'type1v2')
const violated = graphOf('pin-all', 'type1v2')

const hasGraphviz = spawnSync('dot', ['-V']).status === 0
/** What Graphviz counts in a graph. */
function counted(text: string): { nodes: number; edges: number; err: string } {
  const { stdout, stderr } = spawnSync('gc', ['-n', '-e'], { input: text, encoding: 'utf8', timeout: 20_000 })
  const [nodes = -1, edges = -1] = stdout.trim().split(/\s+/).map(Number)
  return { nodes, edges, err: stderr }
}

/** What it draws: the labels of the nodes and edges. */
function drawn(text: string): { labels: readonly string[]; err: string } {
  const { stdout, stderr } = spawnSync('dot', ['-Tjson'], { input: text, encoding: 'utf8', timeout: 20_000 })
  const { objects, edges } = JSON.parse(stdout) as Record<'objects' | 'edges', { label: string }[]>
  return { labels: [...objects, ...edges].map(({ label }) => label), err: stderr }
}

/** Whether the automaton takes a sequence of events. */
function takes({ states }: Automaton, events: readonly (string | undefined)[]): boolean {
  let at: number | undefined = 0
  for (const event of events) {
    if (event !== undefined && at !== undefined) at = states[at]?.get(event)
  }
  return at !== undefined
}

/** Runs of a graph, drawn so that each edge comes first at some time. */
function* runsOf({ edges }: StateGraph): Generator<StateGraph['edges']> {
  for (let draw = 0; draw < 400; draw += 1) {
    const run: StateGraph['edges'][number][] = []
    for (let at = 0; run.length < 80; ) {
      const open = edges.filter(({ from }) => from === at)
      const next = open[(draw * 31 + run.length * 7) % open.length]
      if (next === undefined) break
      run.push(next)
      at = next.to
    }
    yield run
  }
}

test.skipIf(!hasGraphviz)('Graphviz finds a node for each state and an edge for each step', () => {
  for (const graph of [held, violated]) {
    expect(counted(graphDot('a', graph))).toEqual({ nodes: graph.states, edges: graph.edges.length, err: '' })
  }
})

test.skipIf(!hasGraphviz).each(hostileTexts)('a text %j in a graph is shown, and means nothing to Graphviz', (text) => {
  const edges = [{ from: 0, to: 1, broken: text, action: { kind: text } }]
  const shown = visible(text).replaceAll('&', '&amp;').replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  expect(drawn(graphDot(text, { states: 2, edges }))).toEqual({ labels: ['\\N', `1\\n${shown}`, shown], err: '' })
})

test('what violates a property is red, and nothing follows it', () => {
  const ends = new Set(violated.edges.flatMap(({ to, broken }) => (broken === undefined ? [] : [to])))
  expect(ends.size).toBeGreaterThan(0)
  expect(violated.edges.filter(({ from }) => ends.has(from))).toEqual([])
  const text = graphDot('a', violated)
  expect(text.match(/^ {2}\d+ \[label="\d+\\nno-stale-frame", color=red/gm)).toHaveLength(ends.size)
})

test('a machine with more states than are asked for has no graph', () => {
  const graph = stateGraph(simulatorOf(setup('on-demand-4k', 'type1v2')), asked, 100)
  expect(graph.ok ? '' : graph.problem.message).toBe('the machine has more than 100 states')
})

test('the automaton takes the events of every run that violates nothing', () => {
  const automaton = automatonOf(held)
  for (const run of runsOf(held)) expect(takes(automaton, run.map(eventOf))).toBe(true)
})

test('it takes no other order of the steps of a plan', () => {
  const automaton = automatonOf(held)
  const [run = []] = [...runsOf(held)].filter((one) => one.length > 60)
  const events = run.flatMap((edge) => eventOf(edge) ?? [])
  expect(takes(automaton, events)).toBe(true)
  const at = events.indexOf('mm_unpin_page')
  const swapped = [...events.slice(0, at - 1), events[at], events[at - 1], ...events.slice(at + 1)]
  expect(takes(automaton, swapped)).toBe(false)
})

test('it has the fewest states: from any two, some sequence is taken from one alone', () => {
  const { states } = automatonOf(held)
  const again = automatonOf({
    states: states.length,
    edges: states.flatMap((state, from) =>
      [...state].map(([event, to]) => ({ from, to, action: { kind: kindOfEvent(event) }, broken: undefined })),
    ),
  })
  expect(again.states).toHaveLength(states.length)
})

const kindOfEvent = (event: string): string =>
  held.edges.find((edge) => eventOf(edge) === event)?.action.kind ?? 'no kind'

test('a step that violates is no step of the automaton', () => {
  const { edges } = violated
  const bad = edges.filter(({ broken }) => broken !== undefined)
  const all = automatonOf({ ...violated, edges: edges.map((edge) => ({ ...edge, broken: undefined })) })
  expect(bad.length).toBeGreaterThan(0)
  const size = ({ states }: Automaton) => states.reduce((sum, state) => sum + state.size, 0)
  expect(size(automatonOf(violated))).toBeLessThan(size(all))
})

/** What the form of rvgen has to find in the text of an automaton. */
function expected({ states, events }: Automaton) {
  const next = states.flatMap((state, from) =>
    [...state].map(([event, to]) => [`s${from} ${event}`, `s${to}`] as const),
  )
  return { initial: 's0', states: states.map((_, at) => `s${at}`), events, next: new Map(next) }
}

test('the automaton is as rvgen demands it', () => {
  for (const automaton of [automatonOf(held), automatonOf(violated)]) {
    expect(rvgenForm(automatonDot(automaton))).toEqual(expected(automaton))
  }
})

test.each<[string, (text: string) => string, string]>([
  ['another first line', (text) => text.replace('state_automaton', 'g'), 'the first line'],
  ['no initial state', (text) => text.replaceAll('__init_', ''), 'no initial state'],
  ['a constraint', (text) => text.replace('"guest_convert"', '"guest_convert;x<1"'), 'no name in C'],
  ['an event twice', (text) => text.replace('"lock_acquire"', '"guest_convert"'), 'not deterministic'],
])('the form refuses %s', (_, changed, message) => {
  expect(() => rvgenForm(changed(automatonDot(automatonOf(held))))).toThrow(message)
})

/** The folder tools/verification/rvgen of a kernel's source. */
const rvgen = process.env.DMAPROOF_RVGEN ?? '/usr/src/linux/tools/verification/rvgen'
const python = 'import json,sys;from rvgen.automata import Automata;a=Automata(sys.argv[1]);'
const edges = 'sum(to!=a.invalid_state_str for row in a.function for to in row)'
const dump = `print(json.dumps([a.initial_state,sorted(a.states),a.events,${edges}]))`

/** `rvgen monitor` itself needs Python 3.12; the class that writes the table needs less. */
const write = 'import sys;from rvgen.dot2c import Dot2c;Dot2c(sys.argv[1]).print_model_classic()'

test.skipIf(!existsSync(rvgen))("the kernel's rvgen reads it, and writes its table in C (DMAPROOF_RVGEN)", () => {
  const automaton = automatonOf(held)
  const path = join(folder, 'on_demand.dot')
  writeFileSync(path, automatonDot(automaton))
  const env = { ...process.env, PYTHONPATH: rvgen, PYTHONDONTWRITEBYTECODE: '1' }
  const read = spawnSync('python3', ['-c', python + dump, path], { env, encoding: 'utf8' })
  const { initial, states, events, next } = expected(automaton)
  expect(JSON.parse(read.stdout)).toEqual([initial, states.sort(), events, next.size])
  const made = spawnSync('python3', ['-c', write, path], { env, encoding: 'utf8', timeout: 20_000 })
  expect({ status: made.status, err: made.stderr }).toEqual({ status: 0, err: '' })
  expect(made.stdout).toContain('iommu_clear_entry')
})
