import { describe, expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { designs, findDesign, fullName } from '../../designs/index.js'
import { properties } from '../../properties/index.js'
import { builtIn } from '../catalogue/catalogue.js'
import { runJob } from '../jobs/run-job.js'
import { buildMachine } from '../machine-config.js'
import { checkMachine } from '../verdict.js'
import { type ConfigurationName, configurations } from './configurations.js'
import {
  type CheckedMachine,
  type Configured,
  type DesignQuestion,
  machineIn,
  otherMachines,
  smallestMachines,
} from './machines.js'

const names = properties.map(({ name }) => name)
const question = (
  name: string,
  backing: DesignQuestion['backing'],
  change: Partial<DesignQuestion> = {},
): DesignQuestion => {
  const design = findDesign(name)
  if (design === undefined) throw new Error(`no design ${name}`)
  const driver = design.drivers[0]?.name ?? ''
  return { design, driver, backing, scope: {}, platform: 'tdx-2021-reading', parts: [], properties: names, ...change }
}

const nameOf = ({ configuration }: Configured) => configuration

/** What is violated in each configuration, in a few runs and a few states. */
function violationsOf(asked: DesignQuestion): string[] {
  const options = { seed: 1, runs: 30, length: 160, shortest: 80 }
  const searched = configurations.flatMap((configuration) => {
    const machine = machineIn(asked, configuration)
    if (machine === undefined || !buildMachine(machine.setup).ok) return []
    const job = { ...machine, options, small: { states: 1500, seconds: 60 } }
    const verdicts = must(runJob(job, { onProgress: () => undefined, onFound: () => undefined }, builtIn))
    return verdicts
      .filter(({ verdict }) => verdict === 'violated')
      .map((one) => `${configuration.name}: ${one.property}`)
  })
  return searched
}

/** What shipped designs are known to violate, by the configuration: those beside these hold everywhere. */
const failures: readonly ConfigurationName[] = [
  'failure',
  'one superpage, failure',
  'private superpage, failure',
  'common pool, failure',
  'arbitrary guest, failure',
  'guest, failure',
  'guest, common pool',
  'regions of a superpage, failure',
  'locked memory',
  'hotplug',
]

describe('no false alarm: in no configuration', () => {
  const holding = [
    ['on-demand-4k', 'separate'],
    ['on-demand-4k', 'in-place'],
    ['on-demand-4k/map-first', 'separate'],
    ['hitless-cut', 'separate'],
    ['hitless-cut', 'in-place'],
    ['hitless-coalesce', 'separate'],
    ['fd-offset', 'separate'],
    ['bounce-pool', 'separate'],
    ['bounce-pool', 'in-place'],
    ['mirror-guest-memfd', 'in-place'],
  ] as const
  test.each(holding)('does %s, %s violate anything', { tags: 'long', timeout: 120_000 }, (name, backing) => {
    expect(violationsOf(question(name, backing))).toEqual([])
  })

  test('does a design fall that maps once, for want of entries', { timeout: 120_000 }, () => {
    for (const name of ['pin-all', 'shared-alias', 'punch-holes', 'bounce-pool']) {
      const few = configurations.find((one) => one.name === 'few entries')
      const machine = few && machineIn(question(name, 'separate', { properties: ['entry-limit'] }), few)
      if (machine === undefined) throw new Error(`few entries means nothing for ${name}`)
      const [verdict] = must(checkMachine(machine.setup, machine.properties, { seed: 1, runs: 500, length: 160 }))
      expect([name, verdict?.verdict]).toEqual([name, 'none-found'])
    }
  })

  test('do the designs fall that keep all memory locked, where little may be', () => {
    const little = configurations.find((one) => one.name === 'locked memory')
    const machines = (name: string) => little && machineIn(question(name, 'separate'), little)
    expect(['pin-all', 'shared-alias', 'punch-holes'].map(machines)).toEqual([undefined, undefined, undefined])
    expect(machines('bounce-pool')).toBeDefined()
  })

  test('does attributes-first fall but where a step fails', { tags: 'long', timeout: 120_000 }, () => {
    const found = violationsOf(question('attributes-first', 'separate'))
    const elsewhere = found.filter((one) => !failures.some((name) => one.startsWith(`${name}: `)))
    expect(elsewhere).toEqual([])
    expect(found).toContain('failure: conversion-ends')
  })
})

describe('a configuration', () => {
  test('has a name of its own', () => {
    expect(new Set(configurations.map(({ name }) => name)).size).toBe(configurations.length)
  })

  test('differs from all others for some design', () => {
    const setups = configurations.map((one) => {
      const change = 'on' in one ? { platform: one.name === 'host access, guest' ? 'pkvm' : 'sev-snp' } : {}
      return JSON.stringify(machineIn(question('on-demand-4k', 'in-place', change), one)?.setup)
    })
    expect(new Set(setups).size).toBe(configurations.length)
  })

  test('keeps what was asked for: sizes, platform fields, parts and the lock', () => {
    const scope = { pages: 8, vcpus: 1 }
    const change = { scope, platform: 'linux-7.2 ats=false', parts: ['walkCache'], lock: 'vm' } as const
    /** Of the two, one fits each configuration. */
    const asked = [question('pin-all', 'separate', change), question('bounce-pool', 'separate', change)]
    const everywhere = configurations.filter((one) => !('on' in one))
    expect(everywhere.length).toBe(configurations.length - 4)
    for (const configuration of everywhere) {
      const [setup] = asked.flatMap((one) => machineIn(one, configuration)?.setup ?? [])
      expect(setup?.scope).toMatchObject(scope)
      expect(setup?.platform).toMatch(/^linux-7\.2 ats=false/)
      expect(setup?.platform).not.toContain('ats=true')
      expect(setup?.parts).toContain('walkCache')
      expect(setup?.lock).toBe('vm')
    }
  })

  test('of some architectures means nothing on another', () => {
    const large = (platform: string) =>
      otherMachines(question('on-demand-4k', 'separate', { platform }))
        .filter(({ configuration }) => configuration === 'large entries')
        .map(({ machine }) => machine.setup.platform)
    const platforms = ['linux-7.2', 'riscv-cove', 'sev-snp', 'arm-cca rttEntries=pages']
    expect(otherMachines(question('on-demand-4k', 'in-place', { platform: 'arm-cca' })).map(nameOf)).toContain(
      'large entries',
    )
    expect(platforms.map(large)).toEqual([
      [],
      [],
      ['sev-snp rmpEntries=largest rttEntries=blocks'],
      ['arm-cca rttEntries=pages rmpEntries=largest'],
    ])
  })

  test('judges every property of which it has the parts and the failures', () => {
    const judged = (name: ConfigurationName) => {
      const configuration = configurations.find((one) => one.name === name)
      return configuration && machineIn(question('on-demand-4k', 'separate'), configuration)?.properties
    }
    expect(judged('failure')).toEqual(expect.arrayContaining(['errors-as-documented', 'no-stale-frame']))
    expect(judged('plain')).not.toContain('errors-as-documented')
    expect(judged('guest')).toEqual(expect.arrayContaining(['private-integrity', 'sept-protocol', 'conversion-ends']))
  })
})

test.each([
  ['trusted devices, life', 'on-demand-4k/enabled-unverified', { platform: 'sev-snp' }, 'no-private-reach'],
  ['device TLB, time-out', 'on-demand-4k/flush-errors-ignored', { scope: { queueErrors: 0 } }, 'no-stale-frame'],
] as const)('the configuration "%s" shows the mistake of %s', (name, design, change, property) => {
  const configuration = configurations.find((one) => one.name === name)
  const machine = configuration && machineIn(question(design, 'separate', change), configuration)
  if (machine === undefined) throw new Error(`${name} means nothing for ${design}`)
  const [verdict] = must(checkMachine(machine.setup, [property], { seed: 1, runs: 2000, length: 160 }))
  expect(verdict?.verdict).toBe('violated')
})

describe('the machines beside the plain ones', () => {
  /** At these sizes the plain machine with a failure is also that of the first configuration with one. */
  const asked = question('attributes-first', 'separate', { scope: { pagesPerSuperpage: 1, start: 'private' } })
  const plain = smallestMachines(asked)
  const failure = (before: readonly CheckedMachine[]) =>
    otherMachines(asked, before).find(({ configuration }) => configuration === 'one superpage, failure')?.machine
      .properties

  test('judge on a plain machine what was not judged there: with failures, more than errors-as-documented', () => {
    const errors = plain.find((machine) => machine.properties.includes('errors-as-documented'))
    expect(errors?.properties).toEqual(['errors-as-documented'])
    expect(failure(plain)).toEqual(failure([])?.filter((name) => name !== 'errors-as-documented'))
    expect(failure(plain)).toEqual(expect.arrayContaining(['single-backing', 'conversion-ends', 'no-stale-frame']))
  })

  test('judge no property twice on one machine', () => {
    const many = { ...asked, scope: { failures: 1 } }
    const judged = otherMachines(many).flatMap(({ machine: { setup, properties: all } }) =>
      all.map((name) => `${JSON.stringify(setup)} ${name}`),
    )
    expect(new Set(judged).size).toBe(judged.length)
  })
})

test('every property is judged on the smallest machine that can fail it, for every design', () => {
  for (const design of designs) {
    const asked = question(fullName(design), design.backings[0] ?? 'separate')
    expect(
      smallestMachines(asked)
        .flatMap((machine) => machine.properties)
        .sort(),
    ).toEqual([...names].sort())
  }
})

describe('sizes that are asked for', () => {
  const names = (scope: DesignQuestion['scope']) =>
    otherMachines(question('on-demand-4k', 'separate', { scope })).map(({ configuration }) => configuration)

  test('leave out the configurations that they do not fit, and no others', () => {
    expect(names({})).toContain('one superpage, failure')
    expect(names({ pages: 2 })).not.toContain('one superpage, failure')
    expect(names({ pages: 2 })).toContain('device TLB')
  })

  test('that fit nowhere are left to be refused', () => {
    expect(names({ pages: 3 })).toContain('device TLB')
  })
})
