/** @module-tag long */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type CampaignStatus, campaignSchema } from '../../search/cells/campaign-status.js'
import { run } from '../program.js'
import { fakeIo } from '../testing/fake-io.js'
import { poison } from './testing/poison.js'
import { type EndedProcess, otherBuild, Processes, type Running } from './testing/processes.js'
import { hasRedis, RedisServer, until, withRedis } from './testing/redis-server.js'

const server = new RedisServer()
const cli = new Processes(() => server.url)
const at = (name: string) => join(cli.folder, name)

/** What a command line says, in this process. */
async function ran(...words: readonly string[]): Promise<EndedProcess> {
  const io = fakeIo()
  const status = await run(words, io)
  return { status, ...io.said() }
}

async function statusOf(place: string): Promise<CampaignStatus> {
  const { out, err } = await ran('campaign', 'status', place, '--json')
  if (out === '') throw new Error(err)
  return campaignSchema.parse(JSON.parse(out))
}

const start = (place: string, words: readonly string[]) => ran('campaign', 'start', place, ...words)

const running: Running[] = []

/** A worker of a campaign, which the end of the test ends. */
function worker(place: string, ...more: readonly string[]): Running {
  const words = ['campaign', 'work', place, '--jobs', '1', '--lease', lease, ...more]
  const started = cli.start(...words)
  running.push(started)
  return started
}
const lease = '1.5'

const check = ['check', 'on-demand-4k', '--property', 'no-stale-frame', '--configuration', 'plain']
/** Four cells that are searched in no time. */
const short = [...check, 'attributes-first', '--driver', 'type1v2', '--runs', '20']
/** Two that take seconds. */
const slow = [...check, '--driver', 'type1v2', '--runs', '3000', '--length', '2000']

const wholes = new Map<string, Promise<EndedProcess>>()

/** The merge of some folders says what the undivided run of the same command line says. */
async function expectWhole(words: readonly string[], ...folders: readonly string[]) {
  const options = ['--json', '--save', at('traces')]
  const fresh = words[0] === 'check' ? ['--fresh'] : []
  const whole = wholes.get(words.join(' ')) ?? ran(...words, ...fresh, '--jobs', '0', ...options)
  wholes.set(words.join(' '), whole)
  expect(await ran('merge', ...folders, ...options)).toEqual(await whole)
}

describe.skipIf(!hasRedis)(withRedis('a campaign'), { timeout: 240_000 }, () => {
  beforeAll(async () => {
    await server.start()
    process.env.DMAPROOF_REDIS = server.url
  })
  beforeEach(() => server.flush())
  afterEach(() => {
    for (const { child } of running.splice(0)) child.kill('SIGKILL')
  })
  afterAll(() => server.remove())

  test('is the undivided run byte for byte, and a cell that is put in twice is one job', async () => {
    for (const known of [0, 0]) {
      const { status, out } = await start(at('plain'), short)
      expect([status, out]).toEqual([0, expect.stringContaining(`4 cells, ${known} judged before, 4 in the queues`)])
    }
    expect(await statusOf(at('plain'))).toMatchObject({ cells: 4, done: 0, waiting: 4, secondsLeft: null })
    const { status, out } = await worker('plain').ended
    expect([status, out]).toEqual([0, expect.stringContaining('4 cells judged here')])
    expect(await statusOf(at('plain'))).toMatchObject({ done: 4, waiting: 0, running: 0, contradictions: 0 })
    await expectWhole(short, at('plain'))
    expect((await start(at('plain'), short)).out).toContain('4 judged before, 0 in the queues')
  })

  test('without a shared folder has the results of each worker in its own', async () => {
    const { out } = await start(server.url, short)
    const [address = ''] = /redis:\S+/.exec(out) ?? []
    const parts = ['one', 'two']
    const ends = await Promise.all(parts.map((part) => worker(address, '--results', part).ended))
    expect(ends.map(({ status }) => status)).toEqual([0, 0])
    expect((await statusOf(address)).done).toBe(4)
    await expectWhole(short, ...parts.map(at))
  })

  test('ends whole whichever 50 workers are killed', { timeout: 600_000 }, async () => {
    const many = ['compare', '--random', '--runs', '1', '--design', 'bounce-pool']
    await start(at('killed'), many)
    const seed = Number(process.env.DMAPROOF_SEED)
    const delays = fc.sample(fc.integer({ min: 0, max: 700 }), { numRuns: 50, seed })
    const killAll = async () => {
      for (let delay = delays.pop(); delay !== undefined; delay = delays.pop()) {
        const { child, ended, said } = worker('killed')
        await until(() => said().includes('taking cells'))
        await Promise.race([sleep(delay), ended])
        if (child.exitCode === null) child.kill('SIGKILL')
        else {
          // nothing was left to search: all is lost, and the worker is not one of the fifty
          for (const path of cli.results('killed')) rmSync(path, { force: true })
          await start(at('killed'), many)
          delays.push(delay)
        }
        await ended
      }
    }
    await Promise.all([killAll(), killAll()])
    await Promise.all([worker('killed').ended, worker('killed').ended])
    // a cell on which three workers were killed is taken for what kills them: it is named, and can be put in again
    const { done, poisoned, cells } = await statusOf(at('killed'))
    expect(done + poisoned.length).toBe(cells)
    await start(at('killed'), many)
    expect((await worker('killed').ended).status).toBe(0)
    await expectWhole(many, at('killed'))
  })

  test('takes the result of a worker that was frozen beyond its lease for the same', async () => {
    await start(at('frozen'), slow)
    const first = worker('frozen')
    await until(async () => (await statusOf(at('frozen'))).running === 1)
    first.child.kill('SIGSTOP')
    const second = await worker('frozen').ended
    expect([second.status, second.out]).toEqual([0, expect.stringContaining('2 cells judged here')])
    const files = cli.results('frozen').map((path) => readFileSync(path, 'utf8'))
    first.child.kill('SIGCONT')
    const woken = await first.ended
    expect([woken.status, woken.out]).toEqual([0, expect.stringContaining('1 cell judged here')])
    expect(cli.results('frozen').map((path) => readFileSync(path, 'utf8'))).toEqual(files)
    expect((await statusOf(at('frozen'))).contradictions).toBe(0)
  })

  test('searches a cell that takes longer than the lease once, while another worker waits for it', async () => {
    const long = [...check, '--driver', 'type1v1', '--time', '5']
    await start(at('slow'), long)
    const { cells } = await statusOf(at('slow'))
    const ends = await Promise.all([worker('slow').ended, worker('slow').ended, worker('slow').ended])
    expect(ends.map(({ status }) => status)).toEqual([0, 0, 0])
    expect(ends.flatMap(({ out }) => out.match(/judged in/g) ?? [])).toHaveLength(cells)
  })

  test('names a cell that its own bound of time leaves open', async () => {
    const bounded = ['compare', '--design', 'on-demand-4k/bitmap-after', '--time', '0.01']
    await start(at('open'), bounded)
    const { status, out } = await worker('open').ended
    const { open, cells, done } = await statusOf(at('open'))
    expect([status, open.length > 0, open.length + done]).toEqual([3, true, cells])
    expect(out).toContain('not judged, since a bound of time or memory left them open:')
  })

  test('ends, and names the cell that no worker survives', async () => {
    writeFileSync(join(cli.folder, 'poison.mjs'), poison)
    mkdirSync(join(cli.folder, 'node_modules'))
    symlinkSync(resolve('.'), join(cli.folder, 'node_modules', 'dmaproof'))
    const words = [...check, 'poison', '--designs', 'poison.mjs', '--driver', 'type1v2', '--runs', '20']
    await cli.ran('campaign', 'start', 'poison', ...words)
    let deaths = 0
    const next = () => worker('poison', '--lease', '0.5').ended
    for (let end = await next(); end.status === null; end = await next()) deaths += 1
    const { done, poisoned, cells } = await statusOf(at('poison'))
    expect([deaths, done, poisoned.length]).toEqual([3, cells - 1, 1])
    expect(poisoned[0]).toMatchObject({
      title: expect.stringContaining('poison'),
      why: expect.stringContaining('3 workers'),
    })
    const { status, out } = await ran('campaign', 'status', at('poison'))
    expect([status, out]).toEqual([3, expect.stringContaining('not judged, since no worker survived them:')])
    expect((await ran('merge', at('poison'), '--save', at('traces'))).status).toBe(3)
  })

  test('waits for a server that starts again', async () => {
    await start(at('restart'), short)
    const one = worker('restart')
    await until(() => one.said().includes('judged in'))
    await server.stop()
    await until(() => one.said().includes('does not answer'))
    await server.start()
    expect((await one.ended).status).toBe(0)
    await expectWhole(short, at('restart'))
  })

  test('leaves a worker free to end while the server is away', async () => {
    await start(at('away'), short)
    const one = worker('away')
    await until(() => one.said().includes('judged in'))
    await server.stop()
    await until(() => one.said().includes('does not answer'))
    one.child.kill('SIGTERM')
    const { status, err } = await one.ended
    await server.start()
    expect([status, err]).toEqual([3, expect.stringContaining('results are kept')])
  })

  test('that the server has lost is started again, and searches only what has no result', async () => {
    await start(at('flushed'), short)
    const one = worker('flushed')
    await until(() => one.said().includes('judged in'))
    await server.flush()
    const { status, out } = await one.ended
    expect([status, out]).toEqual([3, expect.stringContaining('in no queue')])
    const known = cli.results('flushed').length
    const lost = await worker('flushed').ended
    expect([lost.status, lost.err]).toEqual([2, expect.stringContaining('run campaign start again')])
    const again = await start(at('flushed'), short)
    expect(again.out).toContain(`${known} judged before, ${4 - known} in the queues`)
    expect((await worker('flushed').ended).out).toContain(`${4 - known} cells judged here`)
    await expectWhole(short, at('flushed'))
  })

  test('searches again what was cut or changed on disk, and nothing else', async () => {
    await start(at('cut'), short)
    await worker('cut').ended
    const [path = ''] = cli.results('cut')
    truncateSync(path, statSync(path).size - 5)
    const { absent, done } = await statusOf(at('cut'))
    expect([absent.length, done]).toEqual([1, 3])
    const { out, err } = await start(at('cut'), short)
    expect([out, err]).toEqual([expect.stringContaining('3 judged before, 1 in'), expect.stringContaining('was cut')])
    expect((await worker('cut').ended).out).toContain('1 cell judged here')
    await expectWhole(short, at('cut'))
  })

  test('gives back at once what an interrupted worker searches', async () => {
    await start(at('interrupted'), slow)
    const one = worker('interrupted')
    await until(async () => (await statusOf(at('interrupted'))).running === 1)
    one.child.kill('SIGTERM')
    expect((await one.ended).status).toBe(3)
    expect(await statusOf(at('interrupted'))).toMatchObject({ waiting: 2, running: 0, failed: [], poisoned: [] })
  })

  test('takes one version of dmaproof, and names both', async () => {
    const other = cli.by(otherBuild({ version: '9.9.9' }))
    await start(at('ours'), short)
    const work = await other.ran('campaign', 'work', 'ours')
    expect([work.status, work.err]).toEqual([2, expect.stringMatching(/is of dmaproof 0\.1\.0, this is 9\.9\.9/)])
    const again = await other.ran('campaign', 'start', 'ours', ...short)
    expect([again.status, again.err]).toEqual([2, expect.stringContaining('another command line or version')])
    await other.ran('campaign', 'start', 'theirs', ...short)
    const [ours, theirs] = [await statusOf(at('ours')), await statusOf(at('theirs'))]
    expect(ours.campaign).not.toBe(theirs.campaign)
    const mixed = await ran('merge', at('ours'), at('theirs'))
    expect([mixed.status, mixed.err]).toEqual([2, expect.stringMatching(/dmaproof 0\.1\.0.*dmaproof 9\.9\.9/)])
  })

  test('has a queue for each class of cells, and a machine takes those that it is good for', async () => {
    const large = ['compare', '--design', 'pin-all', '--memory', '48G']
    expect((await start(at('large'), large)).out).toContain('(exhaustive-64G)')
    for (const lacking of [
      ['--memory', '63G'],
      ['--take', 'drawn'],
    ]) {
      const { status, err } = await worker('large', ...lacking).ended
      expect([status, err]).toEqual([2, expect.stringContaining('no queue of the campaign (exhaustive-64G)')])
    }
  })

  test.skipIf(process.getuid?.() !== 0)(
    process.getuid?.() === 0 ? 'with a full disk' : 'with a full disk: not tried, only root can make one',
    async () => {
      const disk = join(cli.folder, 'disk')
      mkdirSync(disk)
      expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]).status).toBe(0)
      try {
        const { out } = await start(server.url, short)
        const [address = ''] = /redis:\S+/.exec(out) ?? []
        await ran(...short, '--results', disk, '--plan')
        spawnSync('sh', ['-c', `cat /dev/zero > ${join(disk, 'full')}`])
        const full = await worker(address, '--results', disk).ended
        expect([full.status, full.err]).toEqual([2, expect.stringContaining('the disk is full (ENOSPC)')])
        expect(await statusOf(address)).toMatchObject({ done: 0, waiting: 4, failed: [] })
        expect((await worker(address, '--results', 'room').ended).status).toBe(0)
        await expectWhole(short, at('room'), disk)
      } finally {
        spawnSync('umount', [disk])
        rmSync(disk, { recursive: true })
      }
    },
  )
})
