import { expect, test } from 'vitest'
import { malformedRules, uncitedRules } from './citations.js'
import { show } from './finding.js'
import { readRepository, type TextFile } from './repository.js'
import { entriesOf } from './rules.js'

const sources = {
  path: 'spec/sources.ts',
  text: `export const linux72 = { name: 'Linux', revision: '7.2' } as const satisfies Source
export const rumour = { name: 'rumour', revision: '' } as const satisfies Source`,
}
const sound = { id: "'vfio.map/pins'", statement: "'A mapping pins.'", source: 'linux72', at: "'vfio_pin_map_dma()'" }
const rule = (name: string, fields: Partial<typeof sound> = {}) => {
  const text = Object.entries({ ...sound, ...fields }).map(([key, value]) => `${key}: ${value}, `)
  return `export const ${name} = { ${text.join('')}force: 'must' } as const satisfies Rule\n`
}
const spec = (...rules: string[]) => ({ path: 'spec/vfio/map.ts', text: rules.join('') })
const citing = { path: 'model/vfio.ts', text: "import { mapPins } from '../spec/index.js'" }
const malformed = (...rules: string[]) => malformedRules([sources, spec(...rules)]).map(show)
const uncited = (...others: TextFile[]) => uncitedRules([sources, spec(rule('mapPins')), ...others]).map(show)
const leavingOut = (...entries: string[]) => ({
  path: 'spec/not-modelled.ts',
  text: `export const notModelled = [\n${entries.map((entry) => `  { ${entry} },\n`).join('')}]`,
})

test('every rule of this repository is well formed and has its source', () => {
  expect(entriesOf('Rule', readRepository()).length).toBeGreaterThan(0)
  expect(malformedRules(readRepository()).map(show)).toEqual([])
})

test('every rule of this repository is cited by something that runs, or left out with a reason', () => {
  expect(uncitedRules(readRepository()).map(show)).toEqual([])
})

test('a sound rule that the model cites passes', () => {
  expect(malformed(rule('mapPins'))).toEqual([])
  expect(uncited(citing)).toEqual([])
})

test.each([
  ['an id that is not area.subject/case', { id: "'Map pins'" }, "id 'Map pins' is not area.subject/case"],
  ['an empty sentence', { statement: "' '" }, 'says nothing'],
  [
    'a sentence without a full stop',
    { statement: "'A mapping ' + 'pins'" },
    'its sentence does not end with a full stop',
  ],
  ['an empty place', { at: "''" }, 'no place in its source'],
  ['a source without a revision', { source: 'rumour' }, 'source is none of those in spec with a revision'],
  ['a source that spec does not have', { source: 'nowhere' }, 'source is none of those in spec with a revision'],
])('%s is reported', (_, fields, fault) => {
  expect(malformed(rule('mapPins', fields))).toEqual([`spec/vfio/map.ts:1: rule mapPins: ${fault}`])
})

test('a sentence broken over lines is one sentence', () => {
  expect(malformed(rule('mapPins', { statement: "'A mapping ' +\n 'pins.'", at: '`a()`' }))).toEqual([])
})

test('an id or a name that two rules share is reported at the second', () => {
  expect(malformed(rule('mapPins'), rule('again'))).toEqual([
    "spec/vfio/map.ts:2: rule again: id 'vfio.map/pins' belongs to spec/vfio/map.ts:1 already",
  ])
  expect(malformed(rule('mapPins'), rule('mapPins', { id: "'vfio.map/again'" }))).toEqual([
    'spec/vfio/map.ts:2: rule mapPins: its name belongs to spec/vfio/map.ts:1 already',
  ])
})

test('a rule that cannot be cited by name is reported', () => {
  expect(malformed(rule('mapPins').replace('export ', ''))).toEqual([
    'spec/vfio/map.ts:1: rule ?: not an `export const`, so nothing can cite it',
  ])
})

test('a rule that nothing cites is reported, whatever tests and searches do', () => {
  const fault = 'spec/vfio/map.ts:1: rule mapPins: cited by nothing in model, designs, properties, nor in notModelled'
  expect(uncited({ path: 'model/vfio.ts', text: "import { mapUnpins } from '../spec/index.js'" })).toEqual([fault])
  expect(uncited({ ...citing, path: 'model/vfio.test.ts' })).toEqual([fault])
  expect(uncited({ ...citing, path: 'search/random.ts' })).toEqual([fault])
})

test('a rule is cited through a group, too', () => {
  expect(uncited({ path: 'designs/a.ts', text: "import { vfio } from '../spec/index.js'\nf(vfio.mapPins)" })).toEqual(
    [],
  )
})

test('a rule that the model leaves out with a reason passes without a citation', () => {
  expect(uncited(leavingOut("rule: mapPins, why: 'nothing is pinned here'"))).toEqual([])
})

test('a rule that is left out and cited all the same is reported', () => {
  expect(uncited(citing, leavingOut("rule: mapPins, why: 'nothing is pinned here'"))).toEqual([
    'spec/vfio/map.ts:1: rule mapPins: cited by something that runs, but also in notModelled',
  ])
})

test('a rule that is left out without a reason, or twice, is reported', () => {
  expect(uncited(leavingOut("rule: mapPins, why: ' '"))).toEqual([
    'spec/not-modelled.ts:2: rule mapPins: left out without a reason',
  ])
  expect(uncited(leavingOut("rule: mapPins, why: 'a'", "rule: mapPins, why: 'a'"))).toEqual([
    'spec/not-modelled.ts:3: rule mapPins: left out twice',
  ])
})

test('a list of rules that another file keeps leaves nothing out', () => {
  const elsewhere = { ...leavingOut("rule: mapPins, why: 'nothing is pinned here'"), path: 'spec/vfio/left-out.ts' }
  expect(uncited(elsewhere)).toHaveLength(1)
})
