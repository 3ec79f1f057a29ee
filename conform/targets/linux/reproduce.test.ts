import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { dataPath, readData } from './data.js'
import { verdictOf } from './reproduce.js'

/** What the program's main calls of the agent, without a kernel. */
const stub = `
#define _GNU_SOURCE
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <termios.h>
#include <unistd.h>
struct boot { char interface[16], backing[16]; };
static void boot_system(struct boot *boot) { (void)boot; }
static void lines_open(int fd) { (void)fd; }
static bool is_table(const char *interface) { return !strcmp(interface, "page-table"); }
static void find_devices(const char *driver) { (void)driver; }
static bool faults_open(void) { return true; }
static void die(const char *why) { puts(why); exit(2); }
static void scratch_open(const char *interface) { (void)interface; }
static void answer(const struct boot *boot, const char *line) { (void)boot, (void)line; }
static const char *lines_waiting(void) { return "{\\"id\\":0,\\"outcome\\":\\"EINVAL\\"}\\n"; }
static void lines_flush(void) { printf("%s", lines_waiting()); fflush(stdout); }
`

describe('what a reproducer says on a console', () => {
  const calls = '# asked {"id":0,"call":"reset"}\r\n# then  {"outcome":"ok"}\r\n# now   {"id":0,"outcome":"ok"}\r\n'

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
    const console = `${calls}ok 1 - not reproduced: call 1 of 1 was answered otherwise than then\r\n`
    expect(verdictOf(console)).toMatchObject({ ok: true, value: { isThere: false } })
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

describe('a reproducer as a kselftest', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dmaproof-ktap-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  /** Runs the program's main with one call, on an agent that answers EINVAL to all. */
  function ran(then: string) {
    const main = readData('repro-main.c')
      .replace('INTERFACE', '"iommufd"')
      .replace('BACKING', '"memfd"')
      .replace('/* CALLS */', () => `{ "{}", ${JSON.stringify(then)} },`)
    writeFileSync(join(folder, 'ktap.c'), `${stub}${readData('repro-then.c')}${main}`)
    const program = join(folder, 'ktap')
    execFileSync('gcc', ['-Wall', '-Wextra', '-Werror', '-o', program, join(folder, 'ktap.c')])
    const { status, stdout } = spawnSync(program, { encoding: 'utf8' })
    return { status, lines: stdout.trimEnd().split('\n') }
  }

  test.each([
    ['fails if the divergence is there', '{"outcome":"EINVAL"}', 1, /^not ok 1 - reproduced: /],
    ['passes if it is gone', '{"outcome":"ok"}', 0, /^ok 1 - not reproduced: call 1 of 1 /],
    ['is skipped if that cannot be told', 'nothing: it died', 4, /^ok 1 - .* # SKIP /],
  ])('%s', (_, then, expected, result) => {
    const { status, lines } = ran(then)
    expect(status).toBe(expected)
    expect(lines.slice(0, 2)).toEqual(['TAP version 13', '1..1'])
    expect(lines.slice(2, -1)).toEqual(['# asked {}', `# then  ${then}`, '# now   {"id":0,"outcome":"EINVAL"}'])
    expect(lines.at(-1)).toMatch(result)
  })
})
