import { expect, test } from 'vitest'
import { type PresetName, parsePlatform, presets, watched } from './platform.js'

const message = (text: string) => {
  const parsed = parsePlatform(text)
  return parsed.ok ? 'ok' : parsed.problem.message
}
const names = Object.keys(presets) as PresetName[]

test.each(names)('preset %s is a platform, by its own name', (name) => {
  expect(parsePlatform(name)).toEqual({ ok: true, value: presets[name] })
})

test('a preset with changes differs in these fields alone', () => {
  expect(parsePlatform('linux-7.2 drain=none ats=true sharedBit=51')).toEqual({
    ok: true,
    value: { ...presets['linux-7.2'], drain: 'none', ats: true, sharedBit: 51 },
  })
})

test('a list of backings is written with commas', () => {
  expect(parsePlatform('linux-7.2 backings=separate,in-place')).toMatchObject({
    value: { backings: ['separate', 'in-place'] },
  })
})

test('a preset that does not exist is refused with those that do', () => {
  expect(message('linux-5')).toBe(`platform: found "linux-5", expected one of ${names.join(', ')}`)
  expect(message('')).toContain('found ""')
  expect(message('toString')).toContain('found "toString"')
})

test('a field that a platform does not have is refused with those that it has', () => {
  expect(message('linux-7.2 draining=none')).toMatch(/^platform: no field "draining"; there are dmaToPrivate, /)
})

test('a field without its value, or with two of them, is refused', () => {
  expect(message('linux-7.2 drain')).toBe('platform: found "drain", expected drain=VALUE')
  expect(message('linux-7.2 drain=none=both')).toBe('platform: found "drain=none=both", expected drain=VALUE')
  expect(message('linux-7.2 drain=none drain=both')).toBe('platform: "drain" stands here twice')
})

test.each(['drain=all', 'ats=yes', 'sharedBit=48', 'backings=none,both'])('%s is refused', (change) => {
  expect(message(`linux-7.2 ${change}`)).toContain(`platform.${change.split('=')[0]}`)
})

test('a choice or a list that is refused is answered with what it may hold', () => {
  expect(message('linux-7.2 drain=all')).toBe('platform.drain: found "all", expected one of none, writes, both')
  expect(message('linux-7.2 backings=none')).toBe(
    'platform.backings: found "none", expected some of separate, in-place, with commas',
  )
})

test.each([
  ['linux-0', 0],
  ['linux-7.2 drain=none nonsense=1', 2],
  ['linux-7.2 drain=none ats=perhaps', 2],
] as const)('what is wrong with "%s" is word %i', (text, index) => {
  expect(parsePlatform(text)).toMatchObject({ problem: { place: { kind: 'word', index } } })
})

test('a platform that is watched says which of its fields were asked for, and has their values', () => {
  const { platform, asked } = watched(presets['linux-7.2'])
  expect(asked()).toEqual([])
  expect([platform.ats, platform.drain]).toEqual([presets['linux-7.2'].ats, presets['linux-7.2'].drain])
  expect([...asked()].sort()).toEqual(['ats', 'drain'])
})
