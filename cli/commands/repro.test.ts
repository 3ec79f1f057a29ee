import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { protocolVersion } from '../../conform/protocol/messages.js'
import { modelVersion } from '../../search/trace.js'
import { run } from '../program.js'
import { fakeIo } from '../testing/fake-io.js'

const folder = mkdtempSync(join(tmpdir(), 'dmaproof-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A transcript as conform saves it: one map, with its reply or without. */
function saved(on: string, reply: readonly object[] = [{ id: 2, outcome: 'EINVAL' }]): string {
  const setting = { kvm: 0, pages: 16, superpage: 16, devices: 1, entries: 65_535, memlock: 0xffff_ffff }
  const lines = [
    { id: 1, call: 'reset', interface: on, ...setting },
    { id: 1, outcome: 'ok' },
    { id: 2, call: 'map', iovfn: 4, page: 4, count: 1, permissions: 3, flaw: 'none' },
    ...reply,
  ]
  const versions = { dmaproof: 'transcript', format: 1, protocol: protocolVersion, model: modelVersion }
  const about = { target: 'linux', interface: on, platforms: ['linux-6.12'], observes: [], seed: 1, why: 'it died' }
  const path = join(folder, `${on}-${reply.length}.ndjson`)
  const all = [{ ...versions, ...about, lines: lines.length }, ...lines]
  writeFileSync(path, `${all.map((line) => JSON.stringify(line)).join('\n')}\n`)
  return path
}

/** Runs `repro` where no kernel was ever made. */
async function repro(...words: readonly string[]) {
  vi.stubEnv('XDG_CACHE_HOME', folder)
  const io = fakeIo()
  const status = await run(['repro', ...words], io)
  vi.unstubAllEnvs()
  return { status, ...io.said() }
}

test('a saved transcript is printed as a program', async () => {
  const { status, out, err } = await repro(saved('type1v2'))
  expect({ status, err }).toEqual({ status: 0, err: '' })
  expect(out).toContain('int main(int argc, char **argv)')
})

test('a saved transcript is printed as a script that runs the program', async () => {
  const { status, out, err } = await repro(saved('type1v2'), '--script')
  expect({ status, err }).toEqual({ status: 0, err: '' })
  expect(out).toMatch(/^#!\/bin\/sh\n/)
})

test.each<[string, string[], string]>([
  ['a script and a kernel', [saved('type1v2'), '--script', '--on', 'linux'], '--script: it prints, and --on runs'],
  ['a kernel without a name', [saved('type1v2'), '--on', 'linux-6.13'], '"linux-6.13"; did you mean linux-6.12'],
  ['a target that is no kernel', [saved('type1v2'), '--on', './mapper'], '--on: unknown name "./mapper"'],
  ['a kernel that is not made', [saved('iommufd'), '--on', 'linux-7.2'], 'run: dmaproof linux setup --kernel 7.2'],
  ['a last call without a reply', [saved('type1v2', []), '--on', 'linux-6.12'], 'its last call had no reply (it died)'],
  ['a file that is not there', [join(folder, 'nowhere'), '--on', 'linux'], 'nowhere: there is no such file'],
])('%s is refused', async (_, words, message) => {
  const { status, out, err } = await repro(...words)
  expect({ status, out }).toEqual({ status: 2, out: '' })
  expect(err).toMatch(/^dmaproof: /)
  expect(err).toContain(message)
})
