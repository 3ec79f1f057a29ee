/** @module-tag long */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Prng } from '../base/prng.js'
import { kinds, relation } from '../model/actions/relation.js'
import { forEachEnabled } from '../model/actions/step.js'
import { codeLength, decode, print } from '../model/machine/action.js'
import { type Part, partNames } from '../model/machine/parts.js'
import { catalogueFolder } from './catalogue.js'
import { type Litmus, makeLitmus } from './litmus.js'
import { turnOf } from './steps.js'

const files = readdirSync(catalogueFolder).filter((name) => name.endsWith('.litmus'))
const walks = 12
const walkLength = 60

/** Parts under which the setup of some test says something else than it does without them. */
const notEverywhere: readonly Part[] = ['secureEpt', 'cpuFlush', 'contextCache']

/** A catalogue test on its own machine with every part on that its setup allows. */
function withAllParts(name: string): Litmus {
  const text = readFileSync(`${catalogueFolder}/${name}`, 'utf8')
  const own = (/^parts (.*)$/m.exec(text)?.[1]?.split(' ') ?? []) as Part[]
  const made = (parts: readonly Part[]) =>
    makeLitmus(text.replace(/^parts .*\n/m, '').replace('*)\n', `*)\nparts ${parts.join(' ')}\n`))
  const parts = new Set([...partNames.filter((part) => !notEverywhere.includes(part)), ...own])
  for (const part of notEverywhere) if (made([...parts, part]).ok) parts.add(part)
  const litmus = made([...parts])
  if (!litmus.ok) throw new Error(`${name}: ${JSON.stringify(litmus)}`)
  return litmus.value
}

interface Successor {
  readonly action: string
  readonly words: Int32Array
}

/** Steps of the product in its present state. */
function successorsOf({ product }: Litmus): Successor[] {
  const before = product.words.slice()
  const list: Successor[] = []
  product.forEachSuccessor({
    successor: () => {
      const action = print(decode(kinds, product.taken))
      list.push({ action, words: product.words.slice() })
      product.words.set(before)
    },
  })
  return list
}

/** Environment actions of the whole machine that an actor neither chooses nor a thread alone writes. */
function hardwareSteps({ product }: Litmus): { action: string; turn: number }[] {
  const list: { action: string; turn: number }[] = []
  forEachEnabled(product.machine, product.state, new Int32Array(codeLength), (a) => {
    const { kind } = decode(kinds, a)
    const { by, fairness } = relation[kind as keyof typeof relation]
    const isWritten = typeof fairness !== 'string' && fairness.inLitmus === 'as written'
    if (by === 'environment' && fairness !== 'chosen' && !isWritten) {
      list.push({ action: print(decode(kinds, a)), turn: turnOf(a) })
    }
  })
  return list
}

/** Steps of the whole machine that the product does not offer, and that no thread says how to take. */
function missingSteps(litmus: Litmus, offered: readonly Successor[]): string[] {
  const { threads, positions } = litmus.product
  const taken = new Set(offered.map(({ action }) => action))
  const said = threads.flatMap(({ ops }, at) => ops.slice(positions[at]).map(({ turn }) => turn))
  return hardwareSteps(litmus).flatMap(({ action, turn }) =>
    taken.has(action) || (turn >= 0 && said.includes(turn)) ? [] : [action],
  )
}

/** What hardware may do in some state of random runs, and a litmus test does not let it do. */
function missingInRuns(litmus: Litmus): Set<string> {
  const { product } = litmus
  const prng = new Prng(2026)
  const missing = new Set<string>()
  for (let walk = 0; walk < walks; walk += 1) {
    product.writeInitialState()
    for (let length = 0; length < walkLength; length += 1) {
      const offered = successorsOf(litmus)
      for (const action of missingSteps(litmus, offered)) missing.add(action)
      const next = offered[prng.nextBelow(Math.max(1, offered.length))]
      if (next === undefined) break
      product.words.set(next.words)
    }
  }
  return missing
}

test.each(files)('%s, with every part on, takes each hardware step that the whole machine has', (name) => {
  expect([...missingInRuns(withAllParts(name))]).toEqual([])
})

test('a hardware step that a litmus test leaves out is found', () => {
  const litmus = withAllParts('non-coherent-without-flush.litmus')
  const { product } = litmus
  const all = product.forEachSuccessor.bind(product)
  product.forEachSuccessor = (visitor) => {
    const before = product.words.slice()
    all({
      successor: (failed, fairness, touched) => {
        if (print(decode(kinds, product.taken)).startsWith('iommu.write-back-line')) product.words.set(before)
        else visitor.successor(failed, fairness, touched)
      },
    })
  }
  expect([...missingInRuns(litmus)].some((action) => action.startsWith('iommu.write-back-line'))).toBe(true)
})
