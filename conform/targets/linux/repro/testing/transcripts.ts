import { must } from '../../../../../base/result.js'
import { modelVersion } from '../../../../../search/trace.js'
import { protocolVersion } from '../../../../protocol/messages.js'
import { readTranscript } from '../../../../protocol/transcript.js'

export type Line = { readonly call: string } & Readonly<Record<string, unknown>>

/** For tests: a transcript of some calls with their replies; without a last reply, if that is undefined. */
export function transcript(
  on: string,
  turns: readonly (readonly [Line, object | undefined])[],
  reset: object = {},
  about = {},
) {
  const setting = { kvm: 0, pages: 16, superpage: 4, devices: 1, entries: 65_535, memlock: 0xffff_ffff, ...reset }
  const all: readonly (readonly [Line, object | undefined])[] = [
    [{ call: 'reset', interface: on, ...setting }, { outcome: 'ok' }],
    ...turns,
  ]
  const lines = all.flatMap(([call, reply], index) => [
    { id: index + 1, ...call },
    ...(reply === undefined ? [] : [{ id: index + 1, ...reply }]),
  ])
  const versions = { dmaproof: 'transcript', format: 1, protocol: protocolVersion, model: modelVersion }
  const fixed = { target: 'linux-6.12', interface: on, platforms: ['linux-6.12'], observes: [], seed: 1, why: 'EINVAL' }
  const text = [{ ...versions, ...fixed, ...about, lines: lines.length }, ...lines]
  return must(readTranscript(`${text.map((line) => JSON.stringify(line)).join('\n')}\n`, 'kept.ndjson'))
}

export const map: Line = { call: 'map', iovfn: 4, page: 4, count: 1, permissions: 3, flaw: 'none' }
export const unmap: Line = { call: 'unmap', iovfn: 4, count: 1, flaw: 'none' }
export const ok = { outcome: 'ok' }
