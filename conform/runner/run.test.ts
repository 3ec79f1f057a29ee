import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { Oracle } from '../oracle/oracle.js'
import { type Answer, type Call, interfaceNames, noLimits } from '../protocol/messages.js'
import { isTargetFailure, type OpenTarget } from '../protocol/target.js'
import { objectTarget } from '../targets/in-process.js'
import { modelHello, modelImplementation } from '../testing/model-target.js'
import type { Report } from './report.js'
import { conform } from './run.js'

type Plant = (call: Call, answer: Answer) => Answer

async function run(
  on: (typeof interfaceNames)[number] | 'kvm',
  platform: string,
  plant?: Plant,
  runs = 300,
): Promise<Report> {
  const open = objectTarget(() => modelImplementation(platform, plant))
  return must(await conform(open, { interface: on, runs, seed: 7 }))
}

describe.each(['linux-6.12', 'linux-7.2', 'qemu-vtd'])('the model of %s as an implementation', (platform) => {
  test.each([...interfaceNames, 'kvm'] as const)('conforms to itself on %s', { tags: 'long' }, async (on) => {
    const { divergences, sequences, cut } = await run(on, platform)
    expect([divergences, cut]).toEqual([[], undefined])
    expect(sequences).toBeGreaterThan(300)
  })
})

describe('a planted fault is found, and shrunk', () => {
  const found = async (on: 'type1v2' | 'iommufd' | 'kvm', plant: Plant) => {
    const { divergences } = await run(on, 'linux-7.2', plant)
    expect(divergences.length).toBeGreaterThan(0)
    return divergences.map(({ divergence }) => divergence)
  }

  test('a wrong errno', async () => {
    const [first] = await found('type1v2', (_, answer) => (answer.outcome === 'EEXIST' ? { outcome: 'EBUSY' } : answer))
    expect(first?.sequence.calls.map(({ call }) => call)).toEqual(['map', 'map'])
    expect(first?.allowed.map(({ rules }) => rules[0]?.id)).toEqual(['vfio.map/overlap'])
  })

  test('a success where there should be an errno', async () => {
    const [first] = await found('iommufd', (_, answer) =>
      answer.outcome === 'ENOENT' ? { outcome: 'ok', unmapped: 0 } : answer,
    )
    expect(first?.sequence.calls).toHaveLength(1)
    expect(first?.allowed[0]?.rules[0]?.id).toBe('iommufd.unmap/nothing-mapped')
  })

  test('an errno where there should be a success, with the rules that would give it', async () => {
    const [first] = await found('type1v2', ({ call }, answer) =>
      call === 'map' && answer.outcome === 'ok' ? { outcome: 'ENOSPC' } : answer,
    )
    expect(first?.allowed[0]?.rules.map(({ id }) => id)).toEqual(['vfio.map/entry-limit'])
  })

  test('an errno that no rule knows', async () => {
    const [first] = await found('type1v2', ({ call }, answer) => (call === 'map' ? { outcome: 'EIO' } : answer))
    expect(first?.allowed[0]?.why).toContain('EIO')
  })

  test.each(['data', 'pins', 'pinned', 'locked', 'mappings', 'entries', 'memory', 'unmapped'] as const)(
    'a wrong %s',
    async (field) => {
      const [first] = await found('type1v2', (_, answer) => {
        const value = answer[field]
        return value === undefined ? answer : { ...answer, [field]: value + 1 }
      })
      expect(first?.allowed[0]?.field).toBe(field)
      expect(first?.allowed[0]?.rules.length).toBeGreaterThan(0)
    },
  )

  test('a leak, in the sequence that made it', async () => {
    let leaked = 0
    const [first, ...others] = await found('type1v2', ({ call }, answer) => {
      if (answer.outcome === 'EEXIST') leaked = 1
      if (call !== 'close') return answer
      const closed = { ...answer, pins: leaked }
      leaked = 0
      return closed
    })
    expect(first?.sequence.calls.map(({ call }) => call)).toEqual(['map', 'map', 'close'])
    expect(first?.allowed[0]?.rules.map(({ id }) => id)).toEqual(['vfio.removal/close'])
    expect(others).toEqual([])
  })

  test('a reset that fails, beside the one reply that it may have', async () => {
    const model = modelImplementation('linux-7.2')
    const open = objectTarget(() => ({
      hello: model.hello,
      answer: (asked) => (asked.call === 'reset' ? { outcome: 'EBUSY' } : model.answer(asked)),
    }))
    const options = { interface: 'type1v2', platforms: ['linux-7.2', 'linux-6.12'], runs: 1, seed: 7 } as const
    const [found] = must(await conform(open, options)).divergences
    expect(found?.divergence.sequence.calls).toEqual([])
    expect(found?.divergence.allowed.map(({ platform, answer }) => [platform, answer])).toEqual([
      ['linux-7.2', { outcome: 'ok' }],
      ['linux-6.12', { outcome: 'ok' }],
    ])
  })

  test('a promised observation that is left out', async () => {
    const [first] = await found('type1v2', (_, { unmapped: __, ...answer }) => answer)
    expect(first?.allowed[0]?.why).toContain('lacks "unmapped"')
  })
})

test('a reply that one of several platforms allows is no divergence, and one that none allows is', async () => {
  const open = objectTarget(() => modelImplementation('linux-6.12'))
  const both = must(
    await conform(open, { interface: 'type1v2', runs: 200, seed: 3, platforms: ['linux-7.2', 'linux-6.12'] }),
  )
  expect(both.divergences).toEqual([])
  const wrong = must(await conform(open, { interface: 'type1v2', runs: 200, seed: 3, platforms: ['linux-7.2'] }))
  const fields = wrong.divergences.map(({ divergence }) => divergence.allowed[0]?.field)
  expect(new Set(fields)).toEqual(new Set(['outcome', 'result']))
})

test('an interface that is not offered, and a platform that is not known, are refused with what there is', async () => {
  const hello = { ...modelHello, interfaces: ['compat' as const] }
  const open = objectTarget(() => ({ ...modelImplementation('linux-7.2'), hello }))
  const refused = await conform(open, { interface: 'iommufd', runs: 1, seed: 1 })
  expect(refused).toMatchObject({ ok: false, problem: { message: expect.stringContaining('it offers compat') } })
  const withKvm = { ...hello, interfaces: ['compat' as const, 'kvm' as const] }
  const beside = await conform(
    objectTarget(() => ({ ...modelImplementation('linux-7.2'), hello: withKvm })),
    { interface: 'kvm', beside: 'type1v2', runs: 1, seed: 1 },
  )
  expect(beside).toMatchObject({
    ok: false,
    problem: { message: expect.stringMatching(/--beside type1v2: .* offers compat, kvm/) },
  })
  const unknown = await conform(open, { interface: 'compat', runs: 1, seed: 1, platforms: ['linux-1.0'] })
  expect(unknown).toMatchObject({ ok: false, problem: { message: expect.stringContaining('linux-1.0') } })
})

test('the same seed asks the same, with any number of processes', async () => {
  const asked = async (jobs: number) => {
    const calls: string[] = []
    const open = objectTarget(() =>
      modelImplementation('linux-7.2', (call, answer) => {
        calls.push(JSON.stringify(call))
        return answer
      }),
    )
    await conform(open, { interface: 'iommufd', runs: 50, seed: 11, jobs })
    return createHash('sha256').update(calls.sort().join('\n')).digest('hex')
  }
  expect(await asked(3)).toEqual(await asked(1))
})

test('a mapping keeps its rights when the devices move to another address space', () => {
  const setting = { kvm: 0, pages: 16, superpage: 16, devices: 1, ...noLimits } as const
  const oracle = must(Oracle.open({ interface: 'iommufd-replace', ...setting }, ['linux-7.2']))
  const outcomeOf = (call: Call) => {
    const predictions = oracle.predict(call)
    oracle.commit(predictions, predictions)
    return predictions.map(({ answer }) => answer.result ?? answer.outcome)
  }
  const map = (iovfn: number, permissions: number): Call => {
    return { call: 'map', iovfn, page: iovfn, count: 1, permissions, flaw: 'none' }
  }
  expect([outcomeOf(map(1, 3)), outcomeOf(map(0, 1))]).toEqual([['ok'], ['ok']])
  expect(outcomeOf({ call: 'dma-write', device: 0, iovfn: 1, value: 1 })).toEqual(['done'])
  expect(outcomeOf({ call: 'dma-write', device: 0, iovfn: 0, value: 1 })).toEqual(['blocked'])
})

test('what breaks a run closes every process that it opened', async () => {
  let opened = 0
  const make = objectTarget(() => modelImplementation('linux-7.2'))
  const open: OpenTarget = async () => {
    const target = await make()
    if (isTargetFailure(target)) return target
    let isClosed = false
    opened += 1
    const close = async () => {
      if (!isClosed) opened -= 1
      isClosed = true
    }
    return { ...target, close }
  }
  const onProgress = (share: number) => {
    if (share > 0.1) throw new Error('an internal error')
  }
  const broken = conform(open, { interface: 'iommufd', runs: 50, seed: 1, jobs: 3, onProgress })
  await expect(broken).rejects.toThrow('an internal error')
  expect(opened).toBe(0)
})
