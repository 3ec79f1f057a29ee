import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeTranscript } from '../../conform/protocol/transcript.js'
import { machineConfigSchema } from '../../search/machine-config.js'
import { raceActions, raceSetup, runOf, simulatorOf } from '../../search/testing/race.js'
import { record, writeTrace } from '../../search/trace.js'
import type { PageData } from '../../view/data.js'
import { buildPage } from '../../view/testing/build-page.js'
import { divergence, divergenceAbout } from '../../view/testing/divergence.js'
import { run } from '../program.js'
import { fakeIo } from '../testing/fake-io.js'

const folder = mkdtempSync(join(tmpdir(), 'dmaproof-'))
afterAll(() => rmSync(folder, { recursive: true }))
beforeAll(buildPage)

const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
const found = { property: 'host-survives', seed: 1, why: 'the host takes a machine check', page: 1 }
const trace = record(simulatorOf(raceSetup), machineConfigSchema.parse(raceSetup), runOf(raceActions), found)
const saved = file('race.ndjson', writeTrace(trace))

async function viewed(...words: string[]) {
  const io = fakeIo()
  const output = join(folder, 'out.html')
  const status = await run(['view', ...words, '-o', output], io)
  const data = () => JSON.parse(/id="data">([^<]*)</.exec(readFileSync(output, 'utf8'))?.[1] ?? '') as PageData
  return { status, ...io.said(), data }
}

test('view writes a page of a trace, and says where', async () => {
  const { status, out, data } = await viewed(saved)
  expect({ status, out }).toEqual({ status: 0, out: `${join(folder, 'out.html')}\n` })
  const [shown] = data().runs
  expect(shown).toMatchObject({ name: saved, property: 'host-survives', page: 1, taken: raceActions.length })
  expect(shown?.steps).toHaveLength(raceActions.length)
  expect(shown?.actors).toEqual(['vCPU 0', 'device 0', 'IOMMU'])
})

test('view shows two traces side by side, and refuses a third', async () => {
  expect((await viewed(saved, saved)).data().runs).toHaveLength(2)
  const { status, err } = await viewed(saved, saved, saved)
  expect(status).toBe(2)
  expect(err).toContain('found 3 runs, expected one or two')
})

test('view shows the divergence of a transcript beside what the model allows', async () => {
  const { status, data } = await viewed(file('transcript.ndjson', writeTranscript(divergence, divergenceAbout)))
  expect(status).toBe(0)
  expect(data().runs.map(({ name, steps }) => [name, steps.at(-1)?.text])).toEqual([
    ['the model', 'unmap iovfn=0 → ok, unmapped 1'],
    ['t', 'unmap iovfn=0 → ENOENT'],
  ])
})

test.each<[string, string, string]>([
  ['is empty', '', ':1: the file is empty; expected a trace header'],
  ['is cut off', writeTrace(trace).slice(0, -30), ':17: found a line that is not JSON'],
  ['has another model', writeTrace(trace).replace(/"model":\d+/, '"model":99'), 'the trace is from model 99'],
  ['has an unknown action', writeTrace(trace).replace('iommu.walk', 'iommu.run'), 'no action is called "iommu.run"'],
  [
    'does not say how the machine begins',
    writeTrace({ ...trace, header: { ...trace.header, initial: undefined } }),
    'the trace does not say how the machine begins',
  ],
])('view refuses a file that %s', async (name, text, message) => {
  const { status, out, err } = await viewed(file(`${name}.ndjson`, text))
  expect({ status, out }).toEqual({ status: 2, out: '' })
  expect(err).toContain(message)
})

test('view says why a page could not be written', async () => {
  const io = fakeIo()
  expect(await run(['view', saved, '-o', join(saved, 'out.html')], io)).toBe(2)
  expect(io.said().err).toContain('the page could not be written')
})

test('a violation as it was drawn stands beside what minimise makes of it', async () => {
  const drawn = join(folder, 'drawn')
  const asked = ['on-demand-superpage', '--property', 'no-shared-fault', '--scope', 'backing=separate']
  const words = [...asked, '--configuration', 'plain', '--runs', '200', '--jobs', '0', '--save', drawn]
  expect(await run(['check', ...words, '--no-shrink'], fakeIo())).toBe(1)
  const [name = ''] = readdirSync(drawn)
  const [long, short] = [join(drawn, name), join(folder, 'short.ndjson')]
  expect(await run(['minimise', long, '-o', short], fakeIo())).toBe(0)
  const { status, data } = await viewed(long, short)
  expect(status).toBe(0)
  const [before = 0, after = 0] = data().runs.map(({ steps }) => steps.length)
  expect([after > 0, before > after]).toEqual([true, true])
  const again = fakeIo()
  expect(await run(['check', ...words, '--no-shrink'], again)).toBe(1)
  expect(again.said().out).not.toContain('found before')
})
