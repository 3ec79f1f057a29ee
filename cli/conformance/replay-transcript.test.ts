import { describe, expect, test } from 'vitest'
import type { Divergence } from '../../conform/oracle/check.js'
import { type Answer, type Call, type Hello, noLimits } from '../../conform/protocol/messages.js'
import type { TestSetup } from '../../conform/protocol/setting.js'
import { type TranscriptAbout, writeTranscript } from '../../conform/protocol/transcript.js'
import { objectTarget } from '../../conform/targets/in-process.js'
import { modelHello, modelImplementation } from '../../conform/testing/model-target.js'
import { type Layout, replaySchema } from '../../report/json/replay.js'
import type { WantedTarget } from '../options/found-target.js'
import { fakeIo } from '../testing/fake-io.js'
import { type ReplayWords, replayTranscript } from './replay-transcript.js'

const setting = { interface: 'iommufd', kvm: 0, pages: 8, superpage: 4, devices: 2, ...noLimits } as const
const divergence: Divergence = {
  sequence: {
    from: 'random 1',
    setting,
    calls: [
      { call: 'map', iovfn: 0, page: 0, count: 1, permissions: 3, flaw: 'none' },
      { call: 'unmap', iovfn: 0, count: 1, flaw: 'none' },
    ],
  },
  answers: [{ outcome: 'ok' }],
  seen: { outcome: 'ENOENT' },
  allowed: [],
}
const about: TranscriptAbout = {
  target: 't',
  platforms: ['linux-7.2'],
  observes: ['unmapped', 'data'],
  seed: 1,
  why: 'ENOENT',
}

/** Asks the model, which has a hello of its own and never says what is unmapped, what a transcript asks. */
async function asked(
  has: Partial<Hello>,
  words: ReplayWords = {},
  header = about,
  found = divergence,
  layout: Layout = 'whole',
) {
  const io = fakeIo()
  const wants: WantedTarget[] = []
  const open = objectTarget(() => {
    const model = modelImplementation('linux-7.2', (_, { unmapped: __, ...answer }): Answer => answer)
    return { ...model, hello: { ...model.hello, ...has } }
  })
  const text = writeTranscript(found, header)
  const { status } = await replayTranscript(
    io,
    { file: 'f', text },
    { on: 't', ...words },
    layout,
    async (_, wanted = {}) => {
      wants.push(wanted)
      return { ok: true, value: { open, word: 't', named: {} } }
    },
  )
  return { status, ...io.said(), wanted: wants[0] }
}

describe('a transcript that is asked again', () => {
  test('holds a target to what it observes itself, and no longer to what the first one observed', async () => {
    const { status, out } = await asked({ observes: ['data'] })
    expect([status, out]).toEqual([0, expect.stringContaining('2 calls: the model allows the replies of t.')])
  })

  test('is judged in JSON, which keeps to its schema', async () => {
    const json = async (has: Partial<Hello>) => {
      const { status, out } = await asked(has, { json: true })
      return { status, ...replaySchema.parse(JSON.parse(out)) }
    }
    const common = { kind: 'transcript', target: 't', asked: 't', interface: 'iommufd', calls: 2 }
    expect(await json({ observes: ['data'] })).toMatchObject({ status: 0, ...common, divergence: null })
    const divergence = { call: 'unmap iovfn=0', allowed: [{ platform: 'linux-7.2' }] }
    expect(await json({ observes: ['unmapped'] })).toMatchObject({ status: 1, ...common, divergence })
  })

  test('is shown with the replies of now in the form that is asked for', async () => {
    const { status, out } = await asked({ observes: ['unmapped'] }, { format: 'mermaid' })
    expect([status, out]).toEqual([1, expect.stringMatching(/^sequenceDiagram\n(?:.*\n)* {2}t--xh: ok/)])
  })

  test('holds a target to what both observe', async () => {
    const { status, out } = await asked({ observes: ['unmapped'] })
    expect([status, out]).toEqual([1, expect.stringContaining('unmapped 1')])
  })

  test.each<[string, Partial<TestSetup>, Partial<Hello>]>([
    ['the interface kvm', { kvm: 1 }, { interfaces: ['iommufd'] }],
    ['the interface iommufd', {}, { interfaces: ['type1', 'kvm'] }],
    ['8 pages', {}, { pages: 4 }],
    ['2 devices', {}, { devices: 1 }],
    ['superpages of 4 pages', { interface: 'page-table' }, { superpages: '512' }],
  ])('is refused where the target does not have %s, with what it has', async (what, change, has) => {
    const sequence = { ...divergence.sequence, setting: { ...setting, ...change } }
    const { status, out, err } = await asked(has, {}, about, { ...divergence, sequence })
    expect({ status, out }).toEqual({ status: 2, out: '' })
    const offers = { ...modelHello, ...has }
    expect(err).toContain(`--on: model cannot be asked: it needs ${what}`)
    expect(err).toContain(`; it offers ${offers.interfaces.join(' ')}, `)
  })

  test('is asked of a kernel whose superpages are larger than the guest of the file', async () => {
    expect((await asked({ observes: ['data'], superpages: '512' })).status).toBe(0)
  })

  test('opens a target with the devices of its reset, and the pages behind it that its header names', async () => {
    const { wanted } = await asked({}, { timeout: 3 }, { ...about, backing: 'guest-memfd', iommu: 'amd-vi' })
    expect(wanted).toEqual({
      interface: 'iommufd',
      kvm: false,
      devices: 2,
      timeout: 3,
      backing: 'guest-memfd',
      iommu: 'amd-vi',
    })
  })

  test('opens it with other pages, if told', async () => {
    const { wanted } = await asked(
      {},
      { backing: 'memfd', iommu: 'vt-d' },
      { ...about, backing: 'guest-memfd', iommu: 'smmuv3' },
    )
    expect([wanted?.backing, wanted?.iommu]).toEqual(['memfd', 'vt-d'])
  })

  test.each([
    ['with a race several times, until it is wrong', 'unmap-under-dma', 3, { status: 1, asks: 3 }],
    ['with a race that never is wrong as often as a race is asked', 'unmap-under-dma', 9, { status: 0, asks: 5 }],
    ['without a race once', 'unmap', 3, { status: 0, asks: 1 }],
  ] as const)('is asked %s', async (_, call, wrongAt, expected) => {
    const [map] = divergence.sequence.calls
    const last = { iovfn: 0, count: 1, ...(call === 'unmap' ? { call, flaw: 'none' } : { call, device: 0, before: 4 }) }
    const sequence = { ...divergence.sequence, calls: [map, last] as readonly Call[] }
    const text = writeTranscript({ ...divergence, sequence }, about)
    let asks = 0
    const ask = async () => {
      asks += 1
      const unmapped: Answer = asks === wrongAt ? { outcome: 'EINVAL' } : { outcome: 'ok', unmapped: 1 }
      return { replies: [{ outcome: 'ok' }, { outcome: 'ok' }, unmapped] as Answer[] }
    }
    const open = async () => ({ hello: modelHello, ask, close: async () => undefined })
    const find = async () => ({ ok: true, value: { open, word: 't', named: {} } }) as const
    const { status } = await replayTranscript(fakeIo(), { file: 'f', text }, { on: 't' }, 'whole', find)
    expect({ status, asks }).toEqual(expected)
  })
})
