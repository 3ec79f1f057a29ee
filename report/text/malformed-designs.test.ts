import { describe, expect, test } from 'vitest'
import { must, problemText } from '../../base/result.js'
import { checkDesign, checkDesignOn } from '../../designs/check/index.js'
import { type Design, hostOf } from '../../designs/design.js'
import { type1v2 } from '../../designs/drivers/vfio-type1.js'
import { onDemandSuperpage } from '../../designs/on-demand-superpage.js'
import * as conditions from '../../designs/vocabulary/conditions.js'
import * as loops from '../../designs/vocabulary/loops.js'
import * as ranges from '../../designs/vocabulary/ranges.js'
import * as steps from '../../designs/vocabulary/steps.js'
import { machineFrom } from '../../model/build-machine.js'
import { noParts } from '../../model/machine/parts.js'
import { presets } from '../../model/machine/platform.js'
import { makeScope } from '../../model/machine/scope.js'
import { golden } from '../testing/golden.js'

const [acquire, release] = [steps.acquire('vm'), steps.release('vm')]
const chunk = ranges.chunk

/** A design of a user's own that is as it should be. */
const mine: Design = {
  name: 'mine',
  summary: 'Unmaps, converts, discards.',
  source: 'this test',
  lock: 'one per VM',
  drivers: [type1v2],
  backings: ['separate'],
  boot: [{ each: loops.eachSharedUnmappedPage(ranges.allPages), body: [{ call: 'map', on: ranges.page }] }],
  toPrivate: [
    acquire,
    { each: loops.eachMappedPage(chunk), body: [{ call: 'unmap', on: ranges.page }] },
    { call: 'set-private', on: chunk },
    { call: 'discard-shared', on: chunk },
    release,
  ],
  toShared: [acquire, { call: 'set-shared', on: chunk }, { call: 'map', on: chunk }, release],
}

/** Plans as a module without types may have them. */
const plain = (toPrivate: unknown): object => ({ ...mine, toPrivate })
const locked = (...plan: readonly unknown[]): object => plain([acquire, ...plan, release])
const own = (name: string, first: () => unknown, end: () => unknown) => ({ name, span: 'chunk', first, end })
const word: Readonly<Record<string, unknown>> = { ...steps, ...loops, ...ranges, ...conditions }
const called = (name: string, ...args: readonly unknown[]): unknown =>
  (word[name] as (...args: readonly unknown[]) => unknown)(...args)

/** The designs of the trial, as far as they are about a plan or its driver. */
const ofTrial: Readonly<Record<string, unknown>> = {
  'an unknown call': locked({ call: 'umap', on: chunk }),
  'a step that the vocabulary lacks': locked(word.wiat),
  'a call without a range': locked({ call: 'unmap' }),
  'a call on a range that the vocabulary lacks': locked({ call: 'unmap', on: word.chunks }),
  'an unknown row': locked({ row: 'vfio.nonsense', args: [] }),
  'no plan to shared': { ...mine, toShared: undefined },
  'a loop without a body': locked({ each: loops.eachMappedPage(chunk) }),
  'no backing': { ...mine, backings: [] },
  'no driver': { ...mine, drivers: [] },
  'an unknown lock': plain([{ row: 'lock.acquire', args: [() => -1], lock: -1 }]),
  'a loop that was not called': locked({ each: loops.eachMappedPage, body: [{ call: 'unmap', on: ranges.page }] }),
  'a lock around a call that takes it': locked(
    steps.acquire('container'),
    { call: 'unmap', on: chunk },
    steps.release('container'),
  ),
  'a lock taken twice': locked(acquire),
  'an unknown fail word': locked({ call: 'unmap', on: chunk, fail: 'unwnd' }),
  'a lock released that was not taken': plain([{ call: 'set-private', on: chunk }, release]),
  'the hull without its note': locked({ call: 'unmap', on: ranges.hull }),
}

/** Others of the same sorts. */
const others: Readonly<Record<string, unknown>> = {
  'a step that takes the container lock, and whose field lock names vm': plain([
    { ...steps.acquireWrite('container'), lock: 0 },
  ]),
  'the field lock on a step that takes no lock': locked({ ...steps.startBatch, lock: 1 }),
  'a loop over a range that the vocabulary lacks': locked({
    each: called('eachMappedPage', word.chunks),
    body: [{ call: 'unmap', on: ranges.page }],
  }),
  'a branch on a range that the vocabulary lacks': locked({
    when: called('someMapped', word.chunks),
    body: [{ call: 'unmap', on: chunk }],
  }),
  'a step on a range that the vocabulary lacks': locked(called('findRegion', word.chunks)),
  'no design': undefined,
  'a list in the place of a design': [mine],
  'a design without a name': { ...mine, name: '' },
  'a misspelt field': { ...mine, toPrivat: [] },
  'a step that was not called': locked(steps.submitPsi),
  'a plan in a plan': locked([{ call: 'unmap', on: chunk }]),
  'a call and a loop in one': locked({ call: 'unmap', each: loops.eachMappedPage(chunk), on: chunk, body: [] }),
  'an object that is no step': locked({ cal: 'unmap', on: chunk }),
  'a misspelt field of a call': locked({ call: 'unmap', on: chunk, fails: 'ignore' }),
  'an action of the guest as a step': locked({ row: 'guest.convert', args: [] }),
  'too few parameters': locked({ row: 'vmm.note-page', args: [() => 0] }),
  'a parameter that is a number': locked({ row: 'vmm.note-page', args: [() => 0, 1] }),
  'an unknown part': locked({ ...steps.punchShared, part: 'secureEPT' }),
  'a condition that is text': locked({ when: 'mapped', body: [{ call: 'unmap', on: chunk }] }),
  'a condition that is never true': locked({
    when: { name: 'never', holds: () => false },
    body: [{ call: 'unmap', on: chunk }],
  }),
  'a loop that never ends': locked({
    each: { ...loops.eachMappedPage(chunk), name: 'each forever', seek: () => true },
    body: [{ call: 'unmap', on: ranges.page }],
  }),
  'a body that is empty': locked({ each: loops.eachMappedPage(chunk), body: [] }),
  'a body that contains itself': (() => {
    const body: unknown[] = []
    body.push({ when: conditions.someMapped(chunk), body })
    return plain(body)
  })(),
  'a note that does nothing': locked({ note: { name: 'nothing' } }),
  'an error that there is not': locked({ call: 'unmap', on: chunk, fail: { ignore: ['ENOTHERE'] } }),
  'no error to ignore': locked({ call: 'unmap', on: chunk, fail: { ignore: [] } }),
  'a restart without a batch': locked(steps.wait),
  'a page outside of a loop': locked({ call: 'unmap', on: ranges.page }),
  'a run in a loop over pages': locked({
    each: loops.eachMappedPage(chunk),
    body: [{ call: 'unmap', on: ranges.run }],
  }),
  'a chunk at boot': { ...mine, boot: [{ call: 'map', on: chunk }] },
  'a lock that is held at the end': plain([acquire, { call: 'set-private', on: chunk }]),
  'a lock that a branch keeps': plain([
    { when: conditions.someMapped(chunk), body: [acquire] },
    { call: 'set-private', on: chunk },
    { when: conditions.someMapped(chunk), body: [release] },
  ]),
  'a lock that a loop releases': locked({ each: loops.eachMappedPage(chunk), body: [release] }),
  'a lock that the undo takes again': {
    ...mine,
    undoPrivate: [acquire, { call: 'set-shared', on: chunk, fail: 'ignore' }],
  },
  'the hull in an undo of a plan that may fail before its note': {
    ...onDemandSuperpage,
    name: 'mine',
    toPrivate: [
      acquire,
      { call: 'set-private', on: chunk },
      { note: steps.findHull },
      { call: 'unmap', on: ranges.hull },
      release,
    ],
  },
  'a lock that is only named': {
    ...mine,
    toPrivate: [{ call: 'set-private', on: chunk }],
    toShared: [{ call: 'set-shared', on: chunk }],
  },
  'steps behind one that always fails': locked(
    steps.checkPool(chunk, () => 0),
    { call: 'unmap', on: chunk },
  ),
  'an undo of what cannot fail': {
    ...mine,
    toPrivate: [acquire, { call: 'set-private', on: chunk, fail: 'ignore' }, release],
    undoPrivate: [{ call: 'set-shared', on: chunk }],
  },
  'a step whose `on` throws': locked({
    ...steps.punchShared,
    on: () => {
      throw new Error('no scope')
    },
  }),
  'an unknown field of the scope': { ...mine, scope: { page: 4 } },
  'an impossible value of the scope': { ...mine, scope: { vcpus: 0 } },
  'a driver that is a name': { ...mine, drivers: ['type1v2'] },
  'two drivers of one name': { ...mine, drivers: [type1v2, type1v2] },
  'a call inside of a call': {
    ...mine,
    drivers: [{ ...type1v2, unmap: { body: [{ call: 'unmap', on: chunk }], undo: [] } }],
  },
  'a driver that keeps its lock': {
    ...mine,
    drivers: [{ ...type1v2, map: { body: [steps.acquire('container')], undo: [] } }],
  },
  'a rule that is a text': { ...mine, stops: 'an error' },
  'a step on the element of a loop, outside of one': locked(steps.unpinPage),
  'a range of its own without a name': locked({ call: 'unmap', on: { first: () => 0, end: () => 1 } }),
}

/** Designs whose ranges can be asked only on a machine, here one of 4 pages in 2 superpages. */
const onMachine: Readonly<Record<string, object>> = {
  'a range beyond the guest': locked({
    call: 'unmap',
    on: own(
      'tail',
      () => 0,
      () => 99,
    ),
  }),
  'a range that is backwards': locked({
    call: 'unmap',
    on: own(
      'back',
      () => 2,
      () => 1,
    ),
  }),
  'a range that is empty': locked({
    call: 'unmap',
    on: own(
      'none',
      () => 1,
      () => 1,
    ),
  }),
  'a range that is no number': locked({
    call: 'unmap',
    on: own(
      'sum',
      () => 0,
      () => Number.NaN,
    ),
  }),
  'a range that throws': locked({
    call: 'unmap',
    on: own(
      'thrower',
      () => 0,
      () => {
        throw new Error('no such page')
      },
    ),
  }),
  'a range that is beyond the guest at its end alone': locked({
    call: 'unmap',
    on: { ...chunk, name: 'one more', end: (m: never, s: never, v: number) => chunk.end(m, s, v) + 1 },
  }),
  'a loop over a range beyond the guest': locked({
    each: loops.eachMappedPage({ name: 'tail', span: 'all', first: () => 0, end: () => 99 }),
    body: [{ call: 'unmap', on: ranges.page }],
  }),
}

const messageOf = (value: unknown): string => {
  const checked = checkDesign(value)
  return checked.ok ? 'PASSES' : problemText(checked.problem)
}

function messageOnMachine(value: object): string {
  const design = must(checkDesign(value))
  const machine = machineFrom(must(makeScope()), presets['linux-7.2'], noParts, hostOf(design, type1v2))
  const checked = checkDesignOn(design, type1v2, machine)
  return checked.ok ? 'PASSES' : problemText(checked.problem)
}

const listed = (texts: Readonly<Record<string, string>>): string =>
  Object.entries(texts)
    .map(([name, text]) => `## ${name}\n${text}\n`)
    .join('\n')

const all = <T>(
  designs: Readonly<Record<string, T>>,
  message: (value: T) => string,
): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(designs).map(([name, value]) => [name, message(value)]))

test('the design is right without a fault', () => {
  expect(messageOf(mine)).toBe('PASSES')
  expect(messageOnMachine(mine)).toBe('PASSES')
})

describe('a malformed design is refused, with its place and what to do', () => {
  const texts = { ...all(ofTrial, messageOf), ...all(others, messageOf), ...all(onMachine, messageOnMachine) }

  test.each(Object.entries(texts))('%s', (_, text) => {
    expect(text).toMatch(/^[\w-]+: .+\n {2}\S.+[.?)]$/)
  })

  test('in these words', () => {
    expect(listed(texts)).toBe(golden(new URL('golden/malformed-designs.txt', import.meta.url), listed(texts)))
  })
})
