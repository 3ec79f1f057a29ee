import { afterAll, expect, test } from 'vitest'
import { imports, OwnProject, ownDesign } from '../testing/own-project.js'

const mine = `${imports}export const mine = ${ownDesign('mine')}\n`
const own = new OwnProject({
  'lone.js': mine.replace(/(toPrivate: \[)steps\.acquire\('vm'\), ([\s\S]*?), steps\.release\('vm'\)/, '$1$2'),
})
afterAll(() => own.remove())

test('a lock that one conversion takes alone is a warning of the commands that judge, and the search is made', {
  tags: 'long',
}, () => {
  const small = ['--scope', 'pages=2,vcpus=1', '--property', 'no-stale-frame']
  const [explored, listed] = own.ran(
    ['explore', 'mine', '--designs', 'lone.js', ...small],
    ['list', 'designs', '--designs', 'lone.js'],
  )
  expect(explored?.err).toMatch(
    /^dmaproof: warning: mine: toShared\[0\] \(lock\.acquire vm\): takes the lock vm, which toPrivate does not take/,
  )
  expect(explored?.out).toMatch(/no-stale-frame +(held|violated)/)
  expect(listed).toMatchObject({ status: 0, err: '' })
})
