import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Processes } from './testing/processes.js'
import { hasRedis, RedisServer, until, withRedis } from './testing/redis-server.js'

const server = new RedisServer()
const cli = new Processes(() => server.url)
const day = 86_400

describe.skipIf(!hasRedis)(withRedis('the clocks of the machines of a campaign'), { timeout: 500_000 }, () => {
  beforeAll(() => server.start())
  afterAll(() => server.remove())

  test('do not matter: what a killed worker searched goes to one that is two days behind it', {
    tags: 'long',
  }, async () => {
    const check = ['check', 'on-demand-4k', '--property', 'no-stale-frame', '--configuration', 'plain']
    const words = [...check, '--driver', 'type1v2', '--runs', '3000', '--length', '2000']
    const status = async () => JSON.parse((await cli.ranHere('campaign', 'status', 'cells', '--json')).out)
    const work = ['campaign', 'work', 'cells', '--jobs', '1', '--lease', '3']
    await cli.ranHere('campaign', 'start', 'cells', ...words)
    const ahead = cli.ahead(day).start(...work)
    await until(async () => (await status()).running === 1)
    ahead.child.kill('SIGKILL')
    await ahead.ended
    const behind = await cli.ahead(-day).ran(...work)
    expect([behind.status, behind.err]).toEqual([0, ''])
    expect(await status()).toMatchObject({ done: 2, running: 0, waiting: 0, contradictions: 0 })
    const options = ['--json', '--save', 'traces']
    const merged = await cli.ranHere('merge', 'cells', ...options)
    expect(merged).toEqual(await cli.ranHere(...words, '--fresh', ...options))
  })

  test('are really wrong in that test: the shift is seen by a process', async () => {
    const { out } = await new Processes(() => server.url, '--print').ahead(day).ran('Date.now()')
    expect(Number(out) - Date.now()).toBeGreaterThan((day * 1000) / 2)
  })
})
