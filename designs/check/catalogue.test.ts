import { expect, test } from 'vitest'
import { problemText } from '../../base/result.js'
import { machineFrom } from '../../model/build-machine.js'
import { withParts } from '../../model/machine/parts.js'
import { presets } from '../../model/machine/platform.js'
import { makeScope } from '../../model/machine/scope.js'
import { allDesigns, fullName, hostOf } from '../index.js'
import { checkDesign, checkDesignOn } from './index.js'

const messageOf = (checked: ReturnType<typeof checkDesign>): string[] =>
  checked.ok ? [] : [problemText(checked.problem)]

test.each(allDesigns.map((design) => [fullName(design), design] as const))(
  '%s passes the check of a plan',
  (_, design) => {
    expect(messageOf(checkDesign(design))).toEqual([])
  },
)

test('every design passes on machines of one page, of several superpages, and of superpages of four pages', () => {
  const sizes = [
    { pages: 1, pagesPerSuperpage: 1 },
    { pages: 6, pagesPerSuperpage: 2 },
    { pages: 8, pagesPerSuperpage: 4 },
  ]
  const problems = allDesigns.flatMap((design) =>
    design.drivers.flatMap((driver) =>
      sizes.flatMap((size) => {
        const scope = makeScope({ ...design.scope, ...size })
        if (!scope.ok) return []
        const machine = machineFrom(scope.value, presets['linux-7.2'], withParts(), hostOf(design, driver))
        return messageOf(checkDesignOn(design, driver, machine))
      }),
    ),
  )
  expect(problems).toEqual([])
})
