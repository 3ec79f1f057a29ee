import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import { run } from '../program.js'
import { fakeIo } from '../testing/fake-io.js'

const folder = mkdtempSync(join(tmpdir(), 'dmaproof-'))
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(() => vi.unstubAllEnvs())

async function refused(...words: readonly string[]): Promise<string> {
  const io = fakeIo()
  const status = await run(words, io)
  expect({ status, out: io.said().out }).toEqual({ status: 2, out: '' })
  return io.said().err
}

/** A cache with a kernel that is none, a QEMU that never says anything, and an archiver that keeps nothing. */
function silentKernel(): void {
  const kernels = join(folder, 'dmaproof', 'linux', 'kernels')
  mkdirSync(join(kernels, 'stock'), { recursive: true })
  writeFileSync(join(kernels, 'stock.json'), JSON.stringify({ version: '6.12', folder: join(kernels, 'stock') }))
  const programs = join(folder, 'programs')
  mkdirSync(programs)
  for (const [name, does] of [
    ['qemu-system-x86_64', 'exec sleep 60'],
    ['cpio', 'exec cat >/dev/null'],
  ] as const) {
    writeFileSync(join(programs, name), `#!/bin/sh\n${does}\n`)
    chmodSync(join(programs, name), 0o755)
  }
  vi.stubEnv('XDG_CACHE_HOME', folder)
  vi.stubEnv('PATH', `${programs}:${process.env.PATH}`)
}

test('a kernel is given the time of --timeout', { tags: 'long' }, async () => {
  silentKernel()
  const err = await refused('conform', 'linux', '--interface', 'type1', '--timeout', '0.5')
  expect(err).toContain('the target did not say hello: no reply for 0.5 s')
})

test.each(['linux-sim/a b', 'linux-sim/a', 'linux-sim --a', 'linux sim'])(
  '"%s" is a command line and no kernel',
  async (word) => {
    expect(await refused('conform', word, '--interface', 'iommufd')).toContain(
      'did not say hello: it ended with status',
    )
  },
)

test.each(['linux-9', 'linux-7'])('%s is a kernel, and there is none of that name', async (word) => {
  expect(await refused('conform', word, '--interface', 'iommufd')).toContain('--kernel: unknown name')
})
