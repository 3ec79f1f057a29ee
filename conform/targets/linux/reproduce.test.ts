import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { dataPath } from './data.js'
import { verdictOf } from './reproduce.js'

describe('what a reproducer says on a console', () => {
  const calls = 'asked {"id":0,"call":"reset"}\r\nthen  {"outcome":"ok"}\r\nnow   {"id":0,"outcome":"ok"}\r\n'

  test('is its lines up to the verdict, without the serial line and the machine that ends', () => {
    const console = `${calls}reproduced: every call was answered as it was then\r\n[    1.7] reboot: Power down\r\n`
    expect(verdictOf(console)).toEqual({
      ok: true,
      value: {
        said: `${calls.replaceAll('\r', '')}reproduced: every call was answered as it was then\n`,
        isThere: true,
      },
    })
  })

  test('is another verdict where a call was answered otherwise', () => {
    const console = `${calls}not reproduced: call 1 of 1 was answered otherwise than then\r\n`
    expect(verdictOf(console)).toMatchObject({ ok: true, value: { isThere: false } })
  })

  test.each([
    ['a kernel that panics', 'Kernel panic - not syncing: no init\r\n'],
    ['a line that was cut off', `${calls}reproduced: every call`],
    ['words within a line', `${calls}it was not reproduced: so\r\n`],
    ['nothing', ''],
  ])('is no verdict but the end of what there is: %s', (_, console) => {
    const read = verdictOf(console)
    expect(read.ok).toBe(false)
    expect(read.ok ? '' : read.problem.message).toContain(`without a verdict`)
    expect(read.ok ? '' : read.problem.message).toContain(console.trimEnd().split('\r\n').at(-1))
  })
})

describe('a reply is as it was then', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dmaproof-then-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const program = join(folder, 'program')
  writeFileSync(
    join(folder, 'main.c'),
    `
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "${dataPath('repro-then.c')}"

int main(int count, char **words)
{
	return count == 3 && says_as_then(words[1], words[2]) ? 0 : 1;
}
`,
  )
  execFileSync('gcc', ['-Wall', '-Wextra', '-Werror', '-o', program, join(folder, 'main.c')])
  const isAsThen = (now: string, then: string): boolean => {
    try {
      execFileSync(program, [now, then], { stdio: 'pipe' })
      return true
    } catch {
      return false
    }
  }

  test.each<[boolean, string, string, string]>([
    [
      true,
      'the same',
      '{"id":4,"outcome":"ok","result":"done","fault":0}\n',
      '{"outcome":"ok","result":"done","fault":0}',
    ],
    [true, 'another order', '{"id":4,"outcome":"ok","fault":0,"data":7}\n', '{"outcome":"ok","data":7,"fault":0}'],
    [true, 'more than then', '{"id":4,"outcome":"ok","unmapped":1}\n', '{"outcome":"ok"}'],
    [false, 'another errno', '{"id":4,"outcome":"EINVAL"}\n', '{"outcome":"EEXIST"}'],
    [false, 'a number that begins alike', '{"id":4,"outcome":"ok","data":10}\n', '{"outcome":"ok","data":1}'],
    [false, 'a field that ends alike', '{"id":4,"outcome":"ok","faults":1}\n', '{"outcome":"ok","fault":1}'],
    [false, 'less than then', '{"id":4,"outcome":"ok"}\n', '{"outcome":"ok","unmapped":1}'],
    [false, 'no reply then', '{"id":4,"outcome":"ok"}\n', 'nothing: it died'],
  ])('%s: %s', (is, _, now, then) => {
    expect(isAsThen(now, then)).toBe(is)
  })
})
