import { expect, test } from 'vitest'
import { endOf } from './end-of-test.js'
import { EndlessMutant, MutantSwitch } from './switch.js'

test('a mutant that passes too many places is stopped at each from there on, also where a caller catches that', () => {
  const mutants = new MutantSwitch()
  mutants.start(1, 2)
  const stops = () => expect(() => mutants.reach(1)).toThrow('the mutant does not come to an end')
  mutants.reach(1)
  mutants.hit()
  stops()
  stops()
  mutants.start(-1, Number.POSITIVE_INFINITY)
  expect(() => mutants.reach(1)).not.toThrow()
})

test('a test with a loop that never ends is broken off, also where the loop passes no place', async () => {
  const endless = () => {
    for (;;);
  }
  expect(await endOf(endless, 50)).toBe('endless')
  expect(await endOf(() => undefined, 50)).toBe('passes')
  expect(await endOf(() => Promise.reject(new Error('wrong')), 50)).toBe('fails')
  expect(await endOf(() => Promise.reject(new EndlessMutant()), 50)).toBe('endless')
})
