import { expect, test } from 'vitest'
import { must } from '../base/result.js'
import { fullName } from '../designs/index.js'
import { replays } from '../designs/lifecycle.js'
import { kinds } from '../model/actions/relation.js'
import { decode, encode, parse, print } from '../model/machine/action.js'
import { conversionEnds, properties } from '../properties/index.js'
import { completed, isBegun, type Manner, withoutBegun } from './completed.js'
import { buildMachine } from './machine-config.js'
import { type Run, replay, Simulator } from './simulator.js'

const scope = { pages: 2, vcpus: 2, hotplug: true } as const
const setup = { design: fullName(replays), driver: 'type1v2', platform: 'tdx-2021-reading', scope }
const simulator = new Simulator(must(buildMachine(setup)).machine)
const holding = properties.filter((property) => property !== conversionEnds && property.parts.length === 0)

const codesOf = (...actions: readonly string[]): Run => actions.map((text) => must(encode(kinds, parse(text))))
const kindsOf = (run: Run) => run.map((code) => print(decode(kinds, code)).split(' ')[0])
const most = 200
const [removal, addition] = ['vmm.remove-device vcpu=1 device=0', 'vmm.add-device vcpu=1 device=0']
const conversion = 'guest.convert vcpu=0 gfn=1 count=1 to=private'

const manners: readonly Manner[] = (['plans', 'hardware'] as const).flatMap((first) =>
  (['leave out', 'continue'] as const).map((otherStep) => ({ first, otherStep })),
)

test.each(manners)('what is begun is enough: all that is owed is done in between, and at the end, %j', (manner) => {
  const run = completed(simulator, codesOf(conversion, removal, addition), manner, most)
  expect(kindsOf(run.filter(isBegun))).toEqual(['guest.convert', 'vmm.remove-device', 'vmm.add-device'])
  expect(kindsOf(run).at(-1)).toBe('vmm.device-ready')
  expect(replay(simulator, run, holding)).toMatchObject({ skipped: -1, failure: undefined })
})

test.each(manners)('without a request the plans of the others have the steps that they need then, %j', (manner) => {
  const counts = (run: Run) =>
    ['container.remove-mapping', 'vfio.map-dma'].map((asked) => kindsOf(run).filter((kind) => kind === asked).length)
  const whole = completed(simulator, codesOf(conversion, removal, addition), manner, most)
  const rest = completed(simulator, whole.slice(1), manner, most)
  expect([counts(whole), counts(rest)]).toEqual([
    [2, 1],
    [2, 2],
  ])
  expect(kindsOf(rest).at(-1)).toBe('vmm.device-ready')
})

test('no run is completed beyond its bound, and one with an action that never becomes possible ends', () => {
  for (const manner of manners) {
    expect(completed(simulator, codesOf(conversion, removal), manner, 7)).toHaveLength(7)
    expect(kindsOf(completed(simulator, codesOf(addition, conversion), manner, most))[0]).toBe('guest.convert')
  }
})

test('without each of its requests, a request of the kind takes on its pages', () => {
  const two = ['guest.convert vcpu=0 gfn=0 count=1 to=private', 'guest.convert vcpu=1 gfn=1 count=1 to=private']
  const run = completed(simulator, codesOf(...two), { first: 'plans', otherStep: 'continue' }, most)
  const firsts = [...withoutBegun(simulator, run)].flatMap(([first]) => (first ? [print(decode(kinds, first))] : []))
  expect(new Set(firsts)).toEqual(
    new Set([...two, 'guest.convert vcpu=0 gfn=0 count=2 to=private', 'guest.convert vcpu=1 gfn=0 count=2 to=private']),
  )
})
