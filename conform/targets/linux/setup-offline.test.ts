import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FakeDebian } from '../../testing/fake-debian.js'
import { folder, hashOf } from './cache.js'
import { recordKernel } from './kernel.js'
import { configOf, patchOf, recipes } from './recipes.js'
import { setup } from './setup.js'

let machine: FakeDebian

/** A machine that has all packages, and whose archive does not answer. */
beforeEach(() => {
  machine = new FakeDebian({ 'apt-get': 'echo "E: no route to the archive" >&2; exit 100' })
})

afterEach(() => machine.remove())

test('where the archive does not answer, what is cached will do, and the rest fails by name', async () => {
  const [built] = recipes
  if (built === undefined) throw new Error('there is no recipe')
  recordKernel(built, '6.12.1-1')
  folder('kernels', hashOf(['6.12.1-1', configOf(built), patchOf(built)]))
  const shell = { say: () => undefined, log: join(machine.root, 'log'), signal: new AbortController().signal }
  const done = await setup(shell, { kernels: [built.name, '7.2', 'stock'], jobs: 1, keepSources: false })
  if (!done.ok) throw new Error(done.problem.message)
  expect(done.value.map(({ kernel, how }) => [kernel, how])).toEqual([
    [built.name, 'ready'],
    ['7.2', 'failed'],
    ['stock', 'failed'],
  ])
  expect(done.value[0]?.says).toMatch(/^6\.12\.1-1 from the cache; .*apt-get update/)
  expect(done.value[1]?.says).toMatch(/no route to the archive/)
})
