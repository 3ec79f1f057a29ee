import { once } from 'node:events'
import { mkdirSync, mkdtempSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { campaignText } from '../../report/text/campaign.js'
import type { CampaignStatus } from '../../search/cells/campaign-status.js'
import { run } from '../program.js'
import { fakeIo } from '../testing/fake-io.js'
import { campaignPlaceOf } from './place.js'
import { connect } from './redis.js'
import { exitStatusOf } from './status.js'
import { otherBuild, Processes } from './testing/processes.js'

const folder = mkdtempSync(join(tmpdir(), 'dmaproof-campaign-'))
const at = (name: string) => join(folder, name)

async function ran(...words: readonly string[]) {
  const io = fakeIo()
  const status = await run(words, io)
  return { status, ...io.said() }
}

const drawn = ['check', 'on-demand-4k', '--driver', 'type1v2', '--property', 'no-stale-frame', '--runs', '5']
const small = [...drawn, '--configuration', 'plain', '--jobs', '0', '--fresh', '--save', at('traces')]

test('a plan names every cell, and a cell is searched by its key alone', async () => {
  const plan = await ran(...small, '--results', at('cells'), '--plan')
  const keys = plan.out
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t')[0] ?? '')
  expect([plan.status, keys.length]).toEqual([0, 2])
  const [first = ''] = keys
  const one = await ran(...small, '--results', at('cells'), '--cell', first)
  expect(one.out).toContain(`cell ${first.slice(0, 12)}: 1 of 2 cells, 0 of them known before`)
  expect((await ran('merge', at('cells'), '--save', at('traces'))).err).toContain('1 cell of 2 without a result')
  const wrong = await ran(...small, '--results', at('cells'), '--cell', 'abcdefabcdef')
  expect([wrong.status, wrong.err]).toEqual([2, expect.stringContaining('no cell of this command line and version')])
})

test('a campaign refuses what a cell cannot have, and a place that is none', async () => {
  const server = 'redis://127.0.0.1:1'
  for (const [words, says] of [
    [['cost', 'pin-all'], 'command to divide'],
    [[...drawn, '--shard', '1/2'], '--shard: no effect in a campaign'],
    [[...drawn, '--junit=x.xml'], '--junit: no effect in a campaign: no worker sees the whole'],
    [drawn, 'no Redis at redis://127.0.0.1:1: connect ECONNREFUSED'],
  ] as const) {
    const { status, err } = await ran('campaign', 'start', '--redis', server, at('refused'), ...words)
    expect([status, err]).toEqual([2, expect.stringContaining(says)])
  }
  const wrong = campaignPlaceOf('http://127.0.0.1')
  expect(wrong.ok ? '' : wrong.problem.message).toContain('expected the URL of a Redis server')
  const none = await ran('campaign', 'status', at('nowhere'))
  expect([none.status, none.err]).toEqual([2, expect.stringContaining('name a folder that --results made')])
})

test('a server that says nothing, or asks for a password, is told from one that is not there', {
  tags: 'long',
}, async () => {
  const silent = createServer().listen(0, '127.0.0.1')
  const locked = createServer((socket) => {
    // one answer to each command: an array in the protocol
    socket.on('data', (data) => {
      for (const _ of String(data).match(/^\*\d/gm) ?? []) socket.write('-NOAUTH Authentication required.\r\n')
    })
  }).listen(0, '127.0.0.1')
  await Promise.all([once(silent, 'listening'), once(locked, 'listening')])
  const says: string[] = []
  for (const [server, limit] of [
    [silent, 300],
    [locked, undefined],
  ] as const) {
    const { port } = server.address() as AddressInfo
    const connected = await connect(fakeIo(), `redis://127.0.0.1:${port}`, limit)
    says.push(connected.ok ? '' : connected.problem.message)
    server.close()
  }
  expect(says[0]).toContain('it does not answer in 0.3 seconds; start one (redis-server')
  expect(says[1]).toContain('NOAUTH Authentication required.; name its password: --redis redis://:PASSWORD@HOST:PORT')
})

test('without its packages the command says in one line what to install, and all others work', {
  tags: 'long',
}, async () => {
  mkdirSync(at('bare'))
  const bare = new Processes(() => 'redis://127.0.0.1:1', otherBuild({ without: ['bullmq', 'ioredis'] }))
  const { status, err } = await bare.ran('campaign', 'start', 'results', ...drawn)
  const says = 'dmaproof campaign needs the packages bullmq and ioredis; install them: npm i bullmq@6.7.0 ioredis@6.0.0'
  expect({ status, err }).toEqual({ status: 2, err: `dmaproof: ${says}\n` })
  expect((await bare.ran('list', 'designs')).status).toBe(0)
})

const status: CampaignStatus = {
  ...{ campaign: '0123456789ab', command: 'check', version: '0', cells: 3, done: 2, running: 0, waiting: 0 },
  ...{ open: [], failed: [], poisoned: [], absent: [], contradictions: 0, secondsLeft: 100 },
}

test('a status says what was not judged and how long it takes, and contradictions are a bug', () => {
  const failed = [{ key: 'a'.repeat(64), title: 'one cell', why: 'Error: boom\n  at x' }]
  const text = campaignText({ ...status, failed })
  expect(text).toContain('not judged     1\n  about 2 min left\n')
  expect(text).toContain('internal error:\n  one cell (aaaaaaaaaaaa)\n    Error: boom\n')
  expect([{}, { done: 3 }, { done: 3, contradictions: 1 }].map((more) => exitStatusOf({ ...status, ...more }))).toEqual(
    [3, 0, 70],
  )
  const ofTarget = { ...status, command: 'conform', done: 3, contradictions: 1 } as const
  expect(exitStatusOf(ofTarget)).toBe(1)
})
