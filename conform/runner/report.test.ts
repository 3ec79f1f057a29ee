import { expect, test } from 'vitest'
import { typeMapLimit, typeMapOverlap } from '../../spec/index.js'
import type { Divergence } from '../oracle/check.js'
import { type Call, noLimits } from '../protocol/messages.js'
import { DivergenceKinds } from './report.js'

type Fields = {
  iovfn: number
  permissions: number
  count?: number
  seen?: string
  rules?: Divergence['allowed'][number]['rules']
}

/** A map that was answered wrongly. */
function wrongMap({ iovfn, permissions, count = 1, seen = 'ok', rules = [typeMapOverlap] }: Fields): Divergence {
  const call: Call = { call: 'map', iovfn, page: iovfn, count, permissions, flaw: 'none' }
  const setting = { interface: 'type1v2', kvm: 0, pages: 8, superpage: 4, devices: 1, ...noLimits } as const
  return {
    sequence: { from: `map ${iovfn}`, setting, calls: [call] },
    answers: [],
    seen: { outcome: seen },
    allowed: [{ platform: 'linux-7.2', answer: { outcome: 'EEXIST' }, field: 'outcome', why: '', rules }],
  }
}

/** The kinds that are left of two divergences, each of a kind of its own before it was shrunk. */
function kindsOf(a: Divergence, b: Divergence, isShrunk = true): DivergenceKinds {
  const kinds = new DivergenceKinds()
  for (const one of [a, b]) {
    kinds.add(one, [])
    kinds.replace(one, { divergence: one, isShrunk, reproduces: isShrunk ? 'in isolation' : 'unknown' })
  }
  return kinds
}

const first = wrongMap({ iovfn: 1, permissions: 2 })
const elsewhere = wrongMap({ iovfn: 5, permissions: 1, seen: 'EINVAL' })

test('kinds whose shrunk runs differ only in place and permissions are one fault, and counted together', () => {
  const kinds = kindsOf(first, elsewhere)
  kinds.add(elsewhere, [])
  expect(kinds.all).toMatchObject([{ divergence: first, times: 3 }])
  expect(kinds.size).toBe(1)
})

test.each([
  [
    'another rule decides',
    { ...elsewhere, allowed: wrongMap({ iovfn: 5, permissions: 1, rules: [typeMapLimit] }).allowed },
  ],
  ['the range has another length', wrongMap({ iovfn: 4, permissions: 1, count: 4, seen: 'EINVAL' })],
  ['the process died', { ...elsewhere, seen: { kind: 'died', message: 'it ended', stderr: '' } } as const],
])('they are two where %s', (_, other) => {
  expect(kindsOf(first, other).size).toBe(2)
})

test('they are two as long as they are not shrunk', () => {
  expect(kindsOf(first, elsewhere, false).size).toBe(2)
})
