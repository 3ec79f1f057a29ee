import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { TargetFailure } from '../protocol/target.js'
import { conform } from '../runner/run.js'
import { processTarget } from './process.js'

/** Answers like an iommufd that refuses everything, until the reply in which it goes wrong. */
const speaker = `
const [mode, at = '40'] = process.argv.slice(2)
const hello = { outcome: 'ok', protocol: 1, name: 'liar', interfaces: 'iommufd', flaws: '', limits: '', observes: '',
  devices: 1, pages: 16 }
let said = 0
const write = (bytes) => require('node:fs').writeSync(1, bytes)
const wrong = {
  exits: () => { console.error('out of luck'); process.exit(3) },
  'is killed': () => process.kill(process.pid, 'SIGKILL'),
  hangs: () => setInterval(() => {}, 1000),
  'hangs in a line': () => { write('{"id":'); setInterval(() => {}, 1000) },
  'exits in a line': () => { write('{"id":'); process.exit(0) },
  'has no end of line': () => { for (;;) write('x'.repeat(65536)) },
  floods: (id) => { for (;;) write(JSON.stringify({ id, outcome: 'ok' }) + '\\n') },
  'skips a reply': () => {},
  'answers twice': (id) => write((JSON.stringify({ id, outcome: 'ok' }) + '\\n').repeat(2)),
  'writes no UTF-8': () => write(Buffer.from([0x7b, 0xff, 0xfe, 0x7d, 0x0a])),
  'writes no JSON': () => write('ok\\n'),
  'writes an array': () => write('[1,2]\\n'),
  'writes an unknown field': (id) => write(JSON.stringify({ id, outcome: 'ok', luck: 1 }) + '\\n'),
  mangles: (id) => {
    const bytes = Buffer.from(JSON.stringify({ id, outcome: 'ok' }) + '\\n')
    if (id % 7 === 0) bytes[id % bytes.length] = (id * 131) % 256
    write(bytes)
  },
  'leaves a child behind': () => {
    require('node:child_process').spawn('sleep', ['60'], { stdio: 'inherit' }).unref()
    process.exit(4)
  },
}
process.on('SIGPIPE', () => process.exit(0))
if (mode === 'refuses') {
  write('{"id":0,"outcome":"ENODEV"}\\n')
  console.error('cannot open /dev/x')
} else if (mode === 'says nothing') setInterval(() => {}, 1000)
else if (mode === 'floods stderr') setInterval(() => process.stderr.write('e'.repeat(65536)), 1)
else require('node:readline').createInterface({ input: process.stdin }).on('line', (text) => {
  const { id, call } = JSON.parse(text)
  said += 1
  if (mode !== 'is right' && said > Number(at)) return (wrong[mode] ?? (() => {}))(id)
  if (mode === 'is of another time') hello.protocol = 9
  if (call === 'hello') write(JSON.stringify({ id, ...hello }) + '\\n')
  else if (call === 'host-read') write(JSON.stringify({ id, outcome: 'ok', data: 0 }) + '\\n')
  else write(JSON.stringify({ id, outcome: 'ok' }) + '\\n')
  if (call === 'bye') process.exit(0)
})
`
const folder = mkdtempSync(join(tmpdir(), 'dmaproof-'))
const script = join(folder, 'speaker.cjs')
writeFileSync(script, speaker)
afterAll(() => rmSync(folder, { recursive: true }))

/** Modes in which it may have to be waited for; anything else is told at once, however slow the machine is. */
const silent = ['hangs', 'hangs in a line', 'skips a reply', 'says nothing', 'floods stderr', 'mangles']
const timeoutOf = (mode: string): number => (silent.includes(mode) ? 2 : 30)

const open = (mode: string, at = 40) =>
  processTarget({ command: `exec "${process.execPath}" "${script}" "${mode}" ${at}`, timeout: timeoutOf(mode) })

/** Asks one batch of a process that goes wrong in it. */
async function failureOf(mode: string): Promise<TargetFailure | undefined> {
  const target = await open(mode)()
  if ('kind' in target) return target
  const asked = Array.from({ length: 60 }, () => ({ call: 'observe' as const }))
  const { replies, failure } = await target.ask(asked)
  expect(replies.length).toBe(mode === 'answers twice' || mode === 'floods' ? 40 : 39)
  await target.close()
  return failure
}

describe('a process that', () => {
  test.each([
    ['exits', 'died', 'status 3'],
    ['is killed', 'died', 'SIGKILL'],
    ['hangs', 'silent', 'no reply for 2 s'],
    ['hangs in a line', 'silent', 'it has begun a line: "{"id":'],
    ['exits in a line', 'died', 'in the middle of a line: "{"id":"'],
    ['has no end of line', 'unreadable', 'more than 4096 bytes'],
    ['floods', 'out-of-order', 'found a reply to request 40'],
    ['skips a reply', 'silent', 'no reply'],
    ['answers twice', 'out-of-order', 'expected one to 41'],
    ['writes no UTF-8', 'unreadable', 'not UTF-8'],
    ['writes no JSON', 'unreadable', 'not JSON ("ok")'],
    ['writes an array', 'unreadable', 'expected object'],
    ['writes an unknown field', 'unreadable', 'luck'],
    ['leaves a child behind', 'died', 'status 4'],
  ] as const)('%s fails: %s', { tags: 'long' }, async (mode, kind, message) => {
    const failure = await failureOf(mode)
    expect(failure?.kind).toBe(kind)
    expect(failure?.message).toContain(message)
  })

  test('dies leaves the end of its stderr', async () => {
    expect((await failureOf('exits'))?.stderr).toBe('out of luck\n')
  })

  test.each([
    ['says nothing', 'no reply for 2 s'],
    ['floods stderr', 'no reply for 2 s'],
    ['is of another time', 'found protocol 9, expected 1'],
  ])('%s does not get as far as hello', async (mode, message) => {
    const result = await conform(open(mode), { interface: 'iommufd', runs: 1, seed: 1 })
    expect(result).toMatchObject({ ok: false, problem: { message: expect.stringContaining(message) } })
  })

  test('refuses is told with its outcome and the end of its stderr', async () => {
    const failure = await open('refuses')()
    const message = 'hello: found outcome ENODEV, expected ok'
    expect(failure).toEqual({ kind: 'unreadable', message, stderr: 'cannot open /dev/x\n' })
  })

  test('cannot be started is said to be so, with what the shell says', async () => {
    const missing = processTarget({ command: `${folder}/nothing`, timeout: 5 })
    const result = await conform(missing, { interface: 'iommufd', runs: 1, seed: 1 })
    expect(result).toMatchObject({
      ok: false,
      problem: { message: expect.stringMatching(/status 127[\s\S]*not found/) },
    })
  })
})

test('a process that goes wrong again and again is a divergence, and fresh ones continue until the limit', {
  tags: 'long',
}, async () => {
  const result = await conform(open('exits', 3), { interface: 'iommufd', runs: 100, seed: 1 })
  if (!result.ok) throw new Error(result.problem.message)
  const { divergences, cut } = result.value
  const [failure] = divergences.filter(({ divergence }) => 'kind' in divergence.seen)
  expect(failure?.divergence.allowed.length).toBeGreaterThan(0)
  expect(cut).toBe('10 processes failed')
})

test('a death behind a wrong reply is reported with it', { tags: 'long', timeout: 120_000 }, async () => {
  const result = await conform(open('exits', 200), { interface: 'iommufd', runs: 100, seed: 1 })
  if (!result.ok) throw new Error(result.problem.message)
  const kinds = result.value.divergences.map(({ divergence }) => 'kind' in divergence.seen)
  expect(new Set(kinds)).toEqual(new Set([true, false]))
})

test('a process that mangles its replies fails each time, and the run ends', { tags: 'long' }, async () => {
  const result = await conform(open('mangles', 100), { interface: 'iommufd', runs: 100, seed: 1 })
  if (!result.ok) throw new Error(result.problem.message)
  expect(result.value.cut).toBeDefined()
})

test('nothing is left of a process that was closed', async () => {
  const target = await open('is right')()
  if ('kind' in target) throw new Error(target.message)
  expect((await target.ask([{ call: 'observe' }])).replies).toEqual([{ outcome: 'ok' }])
  await target.close()
  const children = () => process.getActiveResourcesInfo().filter((name) => name === 'ProcessWrap')
  await expect.poll(children).toEqual([])
  expect((await target.ask([{ call: 'observe' }])).failure?.kind).toBe('died')
})
