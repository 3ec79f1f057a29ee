import { describe, expect, test } from 'vitest'
import { findDesign } from '../../designs/index.js'
import { presets } from '../../model/machine/platform.js'
import { properties } from '../../properties/index.js'
import { alarmsIn, type Judged, subjectName, subjects } from './subjects.js'

test('each subject is a design of the catalogue on a known platform, and none is there twice', () => {
  const unknown = subjects.filter(
    ({ design, platform }) => findDesign(design) === undefined || (platform !== undefined && !(platform in presets)),
  )
  expect(unknown).toEqual([])
  expect(new Set(subjects.map(subjectName)).size).toBe(subjects.length)
})

test('what a subject is excused from is a property', () => {
  const names = properties.map(({ name }) => name)
  for (const { except = {} } of subjects) for (const name of Object.keys(except)) expect(names).toContain(name)
})

describe('of what check says', () => {
  const said = (property: string, verdict: string): Judged => ({
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

  test('what the idea of the design contradicts is none', () => {
    const except = { 'no-shared-fault': 'it unmaps more than it was asked for' }
    expect(alarmsIn({ design: 'on-demand-superpage', except }, judged)).toEqual([
      'type1v2, separate, plain: no-stale-frame: page 0',
    ])
  })
})
