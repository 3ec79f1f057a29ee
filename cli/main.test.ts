import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

// What only a process shows. It is the compiled command: `npm test` builds first.

const main = join(fileURLToPath(new URL('..', import.meta.url)), 'dist', 'cli', 'main.js')

const start = (words: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess =>
  spawn(process.execPath, [main, ...words], { env: { ...process.env, NO_COLOR: '', FORCE_COLOR: '0', ...env } })

interface Ended {
  readonly status: number | null
  readonly out: string
  readonly err: string
}

function ended(child: ChildProcess): Promise<Ended> {
  let out = ''
  let err = ''
  child.stdout?.on('data', (data) => {
    out += data
  })
  child.stderr?.on('data', (data) => {
    err += data
  })
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, out, err })))
}

const folder = () => mkdtempSync(join(tmpdir(), 'dmaproof-'))
const quick = () => ['check', 'pin-all', '--property', 'no-stale-frame', '--runs', '50', '--save', folder()]
const colour = String.fromCharCode(27)

test('colours are for terminals, and NO_COLOR outranks FORCE_COLOR', { tags: 'long' }, async () => {
  const words = () => [...quick(), '--configuration', 'plain']
  const plain = await ended(start(words()))
  const forced = await ended(start(words(), { FORCE_COLOR: '1' }))
  const none = await ended(start(words(), { FORCE_COLOR: '1', NO_COLOR: '1' }))
  expect([plain, forced, none].map(({ out }) => out.includes(colour))).toEqual([false, true, false])
  expect([plain, forced, none].map(({ status }) => status)).toEqual([1, 1, 1])
})

test('stderr is no terminal, so no progress is shown', async () => {
  expect((await ended(start(quick()))).err).toBe('')
})

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
test.each(signals)('%s ends a command with 3 before its modules are there, too', async (signal) => {
  // sends the signal to itself as soon as something listens to it
  const sends = `process.listenerCount('${signal}') > 0 && process.kill(process.pid, '${signal}')`
  const module = encodeURIComponent(`setInterval(() => ${sends}, 1)`)
  const child = start(['check', 'pin-all', '--time', '600'], {
    NODE_OPTIONS: `--import data:text/javascript,${module}`,
  })
  const wanted = { status: 3, out: '', err: 'dmaproof: interrupted before the command began\n' }
  expect(await ended(child)).toEqual(wanted)
})

test.each([
  ['--random', '--runs', '2'],
  ['--time', '600', '--states', '20000', '--design', 'pin-all'],
])(
  'threads change neither verdicts and counts nor their order: compare %s',
  { tags: 'long', timeout: 180_000 },
  async (...how) => {
    const words = ['compare', ...how, '--json', '--save', folder()]
    const [one, two] = await Promise.all([
      ended(start([...words, '--jobs', '1'])),
      ended(start([...words, '--jobs', '3'])),
    ])
    expect(two.out).toBe(one.out)
    expect(one.out.length).toBeGreaterThan(1000)
  },
)

test('a reader that has seen enough is no error', async () => {
  const child = start(['list', 'rules'])
  child.stdout?.once('data', () => child.stdout?.destroy())
  const { status, err } = await ended(child)
  expect({ status, err }).toEqual({ status: 0, err: '' })
})

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s prints what check found, and it is on disk',
  { tags: 'long' },
  async (how) => {
    const save = folder()
    const child = start(['check', 'pin-all', '--time', '60', '--save', save])
    const end = ended(child)
    while (readdirSync(save).length === 0) await new Promise((resolve) => setTimeout(resolve, 50))
    await new Promise((resolve) => setTimeout(resolve, 200))
    child.kill(how)
    const { status, out, err } = await end
    expect(status).toBe(1)
    expect(out).toMatch(/✗ [a-z-]+ +violated/)
    expect(err).toMatch(/^dmaproof: interrupted: \d+ of \d+ searches ended\n$/)
  },
)

/** The first machine has few states, the second more than are seen in a minute. */
const long = ['on-demand-4k', '--scope', 'pages=2,vcpus=2,backing=separate']

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s: explore has printed what is decided, and keeps the rest',
  { tags: 'long', timeout: 180_000 }, // where other suites run, threads take long to start
  async (how) => {
    const at = folder()
    const child = start(['explore', ...long, '--save', at, '--checkpoints', join(at, 'kept')])
    let out = ''
    child.stdout?.on('data', (data) => {
      out += data
    })
    const end = ended(child)
    await expect.poll(() => out, { timeout: 60_000 }).toMatch(/conversion-ends +held/)
    expect(out).not.toContain('sept-protocol')
    child.kill(how)
    const { status, err } = await end
    expect(status).toBe(3)
    expect(out).toMatch(/sept-protocol +inconclusive [^✓✗]*the search was interrupted/)
    expect(err).toMatch(/^dmaproof: interrupted: 2 of \d+ machines were searched\n$/)
    expect(readdirSync(join(at, 'kept'))).toHaveLength(1)
  },
)

const table = '%s prints the table of compare as far as it is'
test.each(['SIGTERM', 'SIGHUP'] as const)(table, { tags: 'long', timeout: 180_000 }, async (how) => {
  const [at, results] = [folder(), folder()]
  const words = ['compare', '--design', 'pin-all', '--scope', 'pages=2,vcpus=2', '--time', '600', '--save', at]
  const child = start([...words, '--results', results])
  const end = ended(child)
  const isJudged = () => readdirSync(results).some((name) => name.endsWith('.ndjson'))
  await expect.poll(isJudged, { timeout: 60_000 }).toBe(true)
  child.kill(how)
  const { status, out, err } = await end
  expect(status).toBe(3)
  expect(out).toMatch(/[1-9]\d* verdicts in \d+ s/)
  expect(err).toMatch(/^dmaproof: interrupted: [1-9]\d* of \d+ searches ended\n$/)
})

/** Whether a process is there, and not only its entry for a parent that has not asked yet. */
function isAlive(pid: string): boolean {
  const stat = `/proc/${pid}/stat`
  return existsSync(stat) && !/\) Z /.test(readFileSync(stat, 'utf8'))
}

test.each(['SIGTERM', 'SIGHUP'] as const)(
  'a target that hangs ends with the command, by a second %s',
  { tags: 'long' },
  async (how) => {
    const pids = join(folder(), 'pids')
    const target = `sleep 300 & echo $$ $! done > ${pids}; wait`
    const child = start(['conform', target, '--interface', 'iommufd'])
    await expect.poll(() => existsSync(pids) && readFileSync(pids, 'utf8'), { timeout: 20_000 }).toContain('done')
    const [shell = '', hanging = ''] = readFileSync(pids, 'utf8').split(' ')
    expect([isAlive(shell), isAlive(hanging)]).toEqual([true, true])
    const end = new Promise((resolve) => child.on('exit', (_, signal) => resolve(signal)))
    child.kill(how)
    await new Promise((resolve) => setTimeout(resolve, 3000)) // far enough apart on a busy machine, too
    child.kill(how)
    expect(await end).toBe(how)
    await expect.poll(() => [isAlive(shell), isAlive(hanging)]).toEqual([false, false])
  },
)
