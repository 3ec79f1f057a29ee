import { describe, expect, test } from 'vitest'
import { findDesign } from '../../designs/index.js'
import { presets } from '../../model/machine/platform.js'
import { properties } from '../../properties/index.js'
import { configurations } from '../../search/check/configurations.js'
import { alarmsIn, type CheckedProperty, subjectName, subjects } from './subjects.js'

test('each subject is a design of the catalogue on a known platform, and none is there twice', () => {
  const unknown = subjects.filter(
    ({ design, platform }) => findDesign(design) === undefined || (platform !== undefined && !(platform in presets)),
  )
  expect(unknown).toEqual([])
  expect(new Set(subjects.map(subjectName)).size).toBe(subjects.length)
})

test('what a subject is excused from is a property, a configuration, or a property with a backing or in one', () => {
  const named = configurations.map(({ name }): string => name)
  const places = ['separate', 'in-place', ...named]
  const ofProperties = properties.flatMap(({ name }) => [name, ...places.map((place) => `${name}, ${place}`)])
  for (const { except = {} } of subjects)
    for (const name of Object.keys(except)) expect([...named, ...ofProperties]).toContain(name)
})

describe('of what check says', () => {
  const said = (property: string, verdict: string): CheckedProperty => ({
    driver: 'type1v2',
    backing: 'separate',
    property,
    verdict,
    why: 'page 0',
    configuration: 'plain',
  })
  const judged = [
    said('no-shared-fault', 'violated'),
    said('no-stale-frame', 'violated'),
    said('conversion-ends', 'vacuous'),
  ]

  test('a violation is an alarm', () => {
    expect(alarmsIn({ design: 'on-demand-4k' }, judged)).toEqual([
      'type1v2, separate, plain: no-shared-fault: page 0',
      'type1v2, separate, plain: no-stale-frame: page 0',
    ])
  })

  test('what the idea of the design contradicts with one backing is an alarm with the other', () => {
    const inPlace = judged.map((one) => ({ ...one, backing: 'in-place' }))
    const except = { 'no-shared-fault, in-place': 'it maps first', 'no-stale-frame, in-place': 'it maps first' }
    const subject = { design: 'on-demand-4k/map-first', except }
    expect([alarmsIn(subject, inPlace).length, alarmsIn(subject, judged).length]).toEqual([0, 2])
  })

  test('what the idea of the design contradicts in one configuration is an alarm in the others', () => {
    const elsewhere = judged.map((one) => ({ ...one, configuration: 'locked memory' }))
    const except = { 'no-shared-fault, plain': 'it maps first', 'no-stale-frame, plain': 'it maps first' }
    const subject = { design: 'on-demand-4k/map-first', except }
    expect([alarmsIn(subject, judged).length, alarmsIn(subject, elsewhere).length]).toEqual([0, 2])
  })

  test('nothing is an alarm in a configuration that the idea of the design contradicts as a whole', () => {
    const subject = { design: 'on-demand-4k/maps-at-once', except: { plain: 'it takes no lock' } }
    expect(alarmsIn(subject, judged)).toEqual([])
    expect(alarmsIn(subject, [{ ...said('no-shared-fault', 'violated'), configuration: 'reclaim' }]).length).toBe(1)
  })

  test('what the idea of the design contradicts is none', () => {
    const except = { 'no-shared-fault': 'it unmaps more than it was asked for' }
    expect(alarmsIn({ design: 'on-demand-superpage', except }, judged)).toEqual([
      'type1v2, separate, plain: no-stale-frame: page 0',
    ])
  })
})
