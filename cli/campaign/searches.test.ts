/** @module-tag long */
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { catalogueFolder } from '../../litmus/catalogue.js'
import { onOneLine } from '../testing/on-one-line.js'
import { Processes } from './testing/processes.js'
import { hasRedis, RedisServer, withRedis } from './testing/redis-server.js'

const server = new RedisServer()
const cli = new Processes(() => server.url)

describe.skipIf(!hasRedis)(withRedis('a campaign'), { timeout: 500_000 }, () => {
  beforeAll(() => server.start())
  afterAll(() => server.remove())

  const files = ['unmap-cuts-type1v1', 'root-enhanced'].map((name) => join(catalogueFolder, `${name}.litmus`))
  const table = resolve('examples/page_table.py')
  const scope = ['--scope', 'pages=1,pagesPerSuperpage=1,vcpus=1']
  test.each([
    [
      'explore',
      ['explore', 'pin-all', ...scope, '--property', 'no-private-reach', '--memory', '64M'],
      'exhaustive-1G',
      1,
    ],
    ['litmus', ['litmus', ...files], 'litmus', 0],
    ['conform', ['conform', `python3 ${table}`, '--interface', 'page-table', '--runs', '300'], 'target', 0],
  ])(
    'of %s has a queue of its own kind, and is merged to what the command says',
    async (name, words, queue, status) => {
      const started = await cli.ranHere('campaign', 'start', name, ...words)
      const cells = Number(/(\d+) cells, 0 judged before/.exec(started.out)?.[1])
      const said = started.out.replace(/\s+/g, ' ')
      expect([started.status, said]).toEqual([0, expect.stringContaining(`${cells} in the queues (${queue})`)])
      expect(name === 'conform' ? cells > 2 : cells === 2).toBe(true)
      const worked = await cli.ran('campaign', 'work', name, '--jobs', '1')
      expect([worked.status, worked.out]).toEqual([0, expect.stringContaining(`${cells} cells judged here`)])
      const merged = await cli.ranHere('merge', name)
      expect([merged.status, merged.err]).toEqual([status, ''])
      const whole = await cli.ranHere(...words)
      const lines = (text: string) => text.split('\n').filter((line) => !/^Time |states\/s|a record/.test(line))
      const timeless = (text: string) =>
        onOneLine(lines(text).join('\n')).replaceAll(/ in [\d.]+ s( \(\d+ calls\/s\))?/g, '')
      expect(timeless(merged.out)).toBe(timeless(whole.out))
    },
  )
})
