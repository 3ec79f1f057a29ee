import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Answer, Call } from '../../conform/protocol/messages.js'
import { objectTarget } from '../../conform/targets/in-process.js'
import { modelImplementation } from '../../conform/testing/model-target.js'
import { type DesignRunJson, designRunSchema } from '../../report/json/design-run.js'
import { run } from '../program.js'
import { fakeIo } from '../testing/fake-io.js'
import { runDesigns } from './run.js'

const folder = mkdtempSync(join(tmpdir(), 'dmaproof-'))
afterAll(() => rmSync(folder, { recursive: true }))

const words = { on: 'linux', runs: 6, length: 8, seed: 1, save: folder }

/** The command with the model in the place of a kernel. */
async function ran(name: string, plant?: (call: Call, answer: Answer) => Answer, more: object = {}) {
  const io = fakeIo()
  const find = async () => {
    const open = objectTarget(() => modelImplementation('linux-7.2', plant))
    return {
      ok: true,
      value: {
        open,
        word: 'linux-7.2',
        named: { platform: 'linux-7.2' },
        guest: { backing: 'guest-memfd', iommu: 'amd-vi' },
      },
    } as const
  }
  const status = await runDesigns(io, name, { ...words, ...more }, find)
  return { status, ...io.said() }
}

describe('what is printed, and the exit status:', () => {
  test('1 for DMA that is lost here and in the model', { tags: 'long' }, async () => {
    const { status, out } = await ran('on-demand-superpage')
    expect(status).toBe(1)
    expect(out).toMatch(/no-shared-fault +violated, \d+ of [\d,]+ DMA +violated in \d+/)
    expect(out).toMatch(/control: shared, no conversion +[\d,]+ +0 +0\n/)
    expect(out).toMatch(/right behind: unmap \d+, map \d+/)
    expect(out).toContain('The implementation and the model agree: no-shared-fault is violated.')
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
  })

  test('0 if nothing is lost and the model finds nothing', async () => {
    const { status, out } = await ran('on-demand-4k')
    expect(status).toBe(0)
    expect(out).toContain('Nothing was lost, and the model finds no violation either.')
    expect(out).toMatch(/no-shared-fault +not violated, 0 of [\d,]+ DMA +none-found/)
  })

  test('reports for a CI have a case a property, and what cannot be seen is skipped', { tags: 'long' }, async () => {
    const path = join(folder, 'run.ktap')
    await ran('on-demand-superpage', undefined, { ktap: path })
    const lines = readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => / ok |^ {2}ok |not ok/.test(line))
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}not ok \d+ no-shared-fault$/))
    expect(lines.at(-1)).toMatch(/^not ok 1 .* on-demand-superpage/)
    await ran('on-demand-4k', undefined, { ktap: path })
    expect(readFileSync(path, 'utf8')).not.toContain('not ok')
  })

  test('1 for a reply that the model does not allow, which is on disk', async () => {
    const block = (call: Call, answer: Answer): Answer =>
      call.call === 'dma-write' && call.device === 1 ? { ...answer, result: 'blocked', fault: 1 } : answer
    const { status, out } = await ran('on-demand-4k', block)
    expect(status).toBe(1)
    expect(out).toContain('The implementation and the model differ in a reply.')
    const [name = ''] = readdirSync(folder).filter((one) => one.startsWith('model.run.'))
    expect(out).toContain(`replay: dmaproof replay ${join(folder, name)} --on linux-7.2\n`)
    expect(readFileSync(join(folder, name), 'utf8')).toContain('"backing":"guest-memfd","iommu":"amd-vi"')
  })

  test('3 for a plan that no interface carries out, with the rule', async () => {
    const { status, err } = await ran('deferred-flush')
    expect([status, err]).toEqual([3, expect.stringContaining('[vfio.removal/unpin-after-sync]')])
  })

  test('all drivers, as an array that the schema takes', { tags: 'long' }, async () => {
    const { status, out } = await ran('on-demand-superpage', undefined, { driver: 'all', json: true })
    const runs: DesignRunJson[] = JSON.parse(out).map((one: unknown) => designRunSchema.parse(one))
    expect([status, runs.map(({ interface: on }) => on)]).toEqual([1, ['type1v2', 'iommufd']])
    for (const { outcome, properties, divergence } of runs) {
      expect([outcome, divergence]).toEqual(['violated', null])
      expect(properties.map(({ agree }) => agree)).toEqual([true, true, true])
    }
  })
})

describe('bad input ends with 2 and one message:', () => {
  test.each([
    ['no such design', ['run', 'on-demand-5k', '--on', 'linux'], 'did you mean on-demand-4k'],
    ['no target', ['run', 'on-demand-4k'], "required option '--on <target>'"],
    [
      'a driver that the design has not',
      ['run', 'pin-all', '--on', 'linux', '--driver', 'compat'],
      'unknown name "compat"',
    ],
    ['a platform that is not known', ['run', 'pin-all', '--on', 'linux', '--platform', 'linux-1'], 'linux-1'],
    ['a target that is not configured', ['run', 'pin-all', '--on', 'mapper'], 'dmaproof.config.json'],
    ['a kernel that is not known', ['run', 'pin-all', '--on', 'linux-9'], '--kernel'],
  ])('%s', async (_, line, message) => {
    const io = fakeIo()
    const status = await run(line, io)
    expect([status, io.said().err]).toEqual([2, expect.stringContaining(message)])
  })
})
