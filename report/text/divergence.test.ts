import { expect, test } from 'vitest'
import type { Divergence } from '../../conform/oracle/check.js'
import { noLimits } from '../../conform/protocol/messages.js'
import type { Report } from '../../conform/runner/report.js'
import { typeMapOverlap } from '../../spec/index.js'
import { mailWidth } from '../columns/wrap.js'
import { conformJson, conformSchema } from '../json/conform.js'
import { conformText } from './conform.js'
import { divergenceText } from './divergence.js'
import { makePaint } from './paint.js'

const divergence: Divergence = {
  sequence: {
    from: 'random 1',
    setting: { interface: 'type1v2', kvm: 0, pages: 8, superpage: 4, devices: 1, ...noLimits },
    calls: [
      { call: 'map', iovfn: 2, page: 2, count: 2, permissions: 1, flaw: 'none' },
      { call: 'dma-read', device: 0, iovfn: 2 },
      { call: 'convert', page: 2, count: 1, to: 'private' },
      { call: 'map', iovfn: 3, page: 3, count: 1, permissions: 3, flaw: 'wraps' },
    ],
  },
  answers: [{ outcome: 'ok' }, { outcome: 'ok', result: 'done', data: 0 }, { outcome: 'ok' }],
  seen: { outcome: 'ok' },
  allowed: [
    {
      platform: 'linux-7.2',
      answer: { outcome: 'EEXIST' },
      field: 'outcome',
      why: typeMapOverlap.statement,
      rules: [typeMapOverlap],
    },
  ],
}

test('a divergence is a run in columns, what came, and what would have been right by which rule', () => {
  expect(divergenceText(divergence).split('\n')).toEqual([
    '  on 8 pages, superpages of 4, 1 device',
    '  host             vCPU 0           device 0',
    '  ----             ------           --------',
    '  map iovfn=2..3 r → ok',
    '                                    dma-read iovfn=2 → ok, done, data 0',
    '                   convert page=2 private → ok',
    '  map iovfn=3 rw wraps → ok',
    '  the reply was: ok',
    '  linux-7.2 allows: EEXIST',
    '    A map request that overlaps an existing mapping fails with EEXIST',
    '    before the entry limit is looked at. [vfio.map/overlap]',
  ])
})

test('it says the limits that were set, and the earlier sequences that it needs', () => {
  const { setting } = divergence.sequence
  const earlier = [{ from: 'a', setting: { ...setting, entries: 1 }, calls: divergence.sequence.calls.slice(0, 1) }]
  const sequence = { ...divergence.sequence, setting: { ...setting, memlock: 6 }, earlier }
  const text = divergenceText({ ...divergence, sequence })
  expect(text.split('\n').slice(0, 6)).toEqual([
    '  on 8 pages, superpages of 4, 1 device, at most 1 mapping',
    '  host',
    '  ----',
    '  map iovfn=2..3 r',
    '  reset',
    '  on 8 pages, superpages of 4, 1 device, at most 6 locked pages',
  ])
})

test('it fits into a mail, and trouble has the end of its stderr', () => {
  const stderr = `${'line\n'.repeat(20)}the last one\n`
  const text = divergenceText({ ...divergence, seen: { kind: 'died', message: 'it ended by SIGSEGV', stderr } })
  expect(text).toContain('  no reply: it ended by SIGSEGV\n  its stderr ends:\n    line')
  expect(text).toContain('    the last one')
  expect(text.split('\n').every((line) => line.length <= mailWidth)).toBe(true)
})

const report: Report = {
  target: 'a<b>',
  interface: 'type1v2',
  platforms: ['linux-7.2'],
  observes: [],
  sequences: 3,
  calls: 90,
  divergences: [{ divergence, isShrunk: true, reproduces: 'in isolation', before: [], times: 2 }],
  boundary: { cases: 9, leftOut: [{ why: 'it needs the flaw wraps', cases: 2 }] },
  refused: [{ file: 'kept.ndjson', why: 'it needs kvm' }],
  litmus: { files: 2, unsaid: [{ file: 'a.litmus', why: 'it says nothing' }] },
  seconds: 1.5,
}

test('its JSON is what its schema says, with the path of the transcript', () => {
  const [found] = conformSchema.parse(JSON.parse(conformJson(report, ['x.ndjson']))).divergences
  expect(found).toMatchObject({ call: 'map iovfn=3 rw wraps', seen: 'ok', trace: 'x.ndjson', times: 2 })
})

test('what of the lists was left out is told beside the verdict, with the reasons', () => {
  const text = conformText(report, [null], makePaint(false))
  expect(text).toContain('fixed list: 2 of 9 cases were left out:\n  2: it needs the flaw wraps\n')
  expect(text).toContain('kept, and not asked: kept.ndjson: it needs kvm\n')
})

test('a divergence that no fresh process shows is not told as shrunk, nor as replayable', () => {
  const found = {
    divergence,
    isShrunk: false,
    reproduces: 'order-dependent',
    before: ['random 7', 'random 8'],
    times: 1,
  } as const
  const text = conformText({ ...report, divergences: [found] }, ['x.ndjson'], makePaint(false))
  expect(text).toContain('met 1 time; only after earlier sequences: a fresh process answers this run rightly')
  expect(text).toContain(
    'asked just before, on the same process: random 7, random 8\n  kept, to be looked at: x.ndjson\n',
  )
  expect(text).not.toContain('replay: dmaproof')
  const late = { ...found, reproduces: 'unknown' } as const
  expect(conformText({ ...report, divergences: [late] }, ['x.ndjson'], makePaint(false))).toContain('; not shrunk: ')
})
