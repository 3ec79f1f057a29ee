import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { buildMachine } from '../machine-config.js'
import { Simulator } from '../simulator.js'
import { record, writeTrace } from '../trace.js'
import { loadTraces } from './load.js'

const opened = buildMachine({ design: 'pin-all', driver: 'type1v2', scope: {}, platform: 'tdx-2021-reading' })
if (!opened.ok) throw new Error(opened.problem.message)
const { machine, setup } = opened.value
const trace = record(new Simulator(machine), setup, [], { property: 'no-stale-frame', seed: 1, why: 'because' })

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dmaproof-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const put = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

describe('saved traces', () => {
  test('are read in the order of their names', () => {
    const second = put('b.ndjson', writeTrace(trace))
    const first = put('a.ndjson', writeTrace(trace))
    expect(loadTraces(folder)).toEqual({
      entries: [
        { path: first, value: trace },
        { path: second, value: trace },
      ],
      unreadable: [],
    })
  })

  test('that cannot be read are named, with line and reason, and the others are still read', () => {
    const good = put('good.ndjson', writeTrace(trace))
    const empty = put('empty.ndjson', '')
    const old = put('old.ndjson', writeTrace({ ...trace, header: { ...trace.header, model: 0 } }))
    mkdirSync(join(folder, 'folder.ndjson'))
    const { entries, unreadable } = loadTraces(folder)
    expect(entries.map(({ path }) => path)).toEqual([good])
    expect(unreadable).toEqual([
      `${empty}:1: the file is empty; expected a trace header`,
      expect.stringContaining(join(folder, 'folder.ndjson')),
      expect.stringMatching(/^\S+:1: the trace is from model 0, this is model \d+; record it again/),
    ])
    expect(unreadable[2]).toContain(old)
  })

  test('are none where there is no folder; where a file is in its place, that is said', () => {
    expect(loadTraces(join(folder, 'none'))).toEqual({ entries: [], unreadable: [] })
    const file = put('file', '')
    expect(loadTraces(file)).toEqual({ entries: [], unreadable: [expect.stringContaining(file)] })
  })

  test('that are half written, under a temporary name, are not read', () => {
    put('a.ndjson.1234.tmp', '{"dmaproof"')
    expect(loadTraces(folder)).toEqual({ entries: [], unreadable: [] })
  })

  test('are read without the transcripts beside them, and only those that are wanted', () => {
    put('transcript.ndjson', '{"dmaproof":"transcript"}\n')
    put('other.ndjson', '{')
    const wanted = put('a.ndjson', writeTrace(trace))
    const { entries, unreadable } = loadTraces(folder, (name) => name !== 'other.ndjson')
    expect([entries.map(({ path }) => path), unreadable]).toEqual([[wanted], []])
  })
})
