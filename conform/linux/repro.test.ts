import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { must } from '../../model/checked.js'
import { modelVersion } from '../../search/trace.js'
import { readConversation } from '../conversation.js'
import { protocolVersion } from '../protocol.js'
import { reproducer } from './repro.js'

/** Two calls on an interface, the second answered otherwise than the model allows. */
function conversation(on: string) {
  const setting = { kvm: 0, pages: 16, superpage: 4, devices: 1, entries: 65_535, memlock: 0xffff_ffff }
  const lines = [
    { id: 1, call: 'reset', interface: on, ...setting },
    { id: 1, outcome: 'ok' },
    { id: 2, call: 'map', iovfn: 4, page: 4, count: 1, permissions: 3, flaw: 'none' },
    { id: 2, outcome: 'ok' },
    { id: 3, call: 'unmap', iovfn: 4, count: 1, flaw: 'none' },
    { id: 3, outcome: 'EINVAL' },
  ]
  const versions = { dmaproof: 'conversation', format: 1, protocol: protocolVersion, model: modelVersion }
  const about = { target: 'linux-6.12', interface: on, platforms: ['linux-6.12'], observes: [], seed: 1, why: 'EINVAL' }
  const all = [{ ...versions, ...about, lines: lines.length }, ...lines]
  return must(readConversation(`${all.map((line) => JSON.stringify(line)).join('\n')}\n`, 'kept.ndjson'))
}

test('a reproducer is one file of C that compiles without a warning and needs nothing beside it', () => {
  const text = must(reproducer(conversation('iommufd')))
  const folder = mkdtempSync(join(tmpdir(), 'dmaproof-repro-'))
  try {
    writeFileSync(join(folder, 'repro.c'), text)
    execFileSync('gcc', ['-fsyntax-only', '-Wall', '-Wextra', '-Werror', 'repro.c'], { cwd: folder })
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a reproducer shows beside each call what it was answered then', () => {
  const text = must(reproducer(conversation('type1v2')))
  const calls = text.slice(text.indexOf('} calls[] = {'), text.indexOf('int main'))
  expect(calls.match(/\\"(call|outcome)\\":\\"[\w-]+/g)?.map((word) => word.split('"').at(-1))).toEqual([
    'reset',
    'ok',
    'map',
    'ok',
    'unmap',
    'EINVAL',
  ])
})

test('what is no run of a kernel is refused with the interfaces that are', () => {
  const refused = reproducer(conversation('page-table'))
  expect(refused.ok ? '' : refused.message).toContain(
    'expected one of type1, type1v2, iommufd, iommufd-file, iommufd-replace, compat',
  )
})
