import { describe, expect, test } from 'vitest'
import { verdictOf } from './reproduce.js'

describe('what a reproducer says on a console', () => {
  const calls = '# map iovfn=4 page=4 count=1: ok, then ok\r\n'

  test('is its lines up to the verdict, without the serial line and the machine that ends', () => {
    const console = `${calls}not ok 1 - reproduced: every call was answered as it was then\r\n[    1.7] reboot: Off\r\n`
    expect(verdictOf(console)).toEqual({
      ok: true,
      value: {
        said: `${calls.replaceAll('\r', '')}not ok 1 - reproduced: every call was answered as it was then\n`,
        isThere: true,
      },
    })
  })

  test('is another verdict where a call was answered otherwise', () => {
    const console = `${calls}ok 1 - not reproduced: map was answered otherwise than then\r\n`
    expect(verdictOf(console)).toMatchObject({ ok: true, value: { isThere: false } })
  })

  test('is why it could not run, if it says so', () => {
    const read = verdictOf('TAP version 13\r\n1..1\r\nok 1 - could not run # SKIP no backing: Out of memory\r\n')
    expect(read.ok ? '' : read.problem.message).toBe('the program could not run: no backing: Out of memory')
  })

  test.each([
    ['a kernel that panics', 'Kernel panic - not syncing: no init\r\n'],
    ['a line that was cut off', `${calls}not ok 1 - reproduced: every call`],
    ['words within a line', `${calls}it was not reproduced: so\r\n`],
    ['nothing', ''],
  ])('is no verdict but the end of what there is: %s', (_, console) => {
    const read = verdictOf(console)
    expect(read.ok).toBe(false)
    expect(read.ok ? '' : read.problem.message).toContain(`without a verdict`)
    expect(read.ok ? '' : read.problem.message).toContain(console.trimEnd().split('\r\n').at(-1))
  })
})
