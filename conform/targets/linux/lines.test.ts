import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { dataPath } from './data.js'

/** Reads requests as the agent does; at one with `ahead` it reads so many more, and then says what it is about. */
const main = `
#include "agent.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

_Noreturn void die(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	exit(1);
}

int main(void)
{
	char word[32];
	lines_open(0);
	for (char *line; (line = next_line());) {
		if (word_of(line, "call", word, sizeof word) && number_of(line, "ahead"))
			lines_ahead(number_of(line, "ahead"));
		printf("%s %lld\\n", word, number_of(line, "id"));
	}
}
`

const folder = mkdtempSync(join(tmpdir(), 'dmaproof-lines-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('a request stays what it is while others are read ahead of it', () => {
  writeFileSync(join(folder, 'main.c'), main)
  const program = join(folder, 'program')
  const files = [join(folder, 'main.c'), dataPath('agent', 'lines.c')]
  execFileSync('gcc', ['-Wall', '-Wextra', '-Werror', '-I', dataPath('agent'), '-o', program, ...files])
  const requests = Array.from({ length: 400 }, (_, id) => {
    const ahead = id % 7 === 3 ? Math.min(20, 399 - id) : 0
    return { call: `call-${id}`, ahead, id, filler: 'x'.repeat(id % 90) }
  })
  const input = requests.map((request) => `${JSON.stringify(request)}\n`).join('')
  const heard = execFileSync(program, { input, encoding: 'utf8' }).trimEnd().split('\n')
  expect(heard).toEqual(requests.map(({ call, id }) => `${call} ${id}`))
})

test('a line that is longer than the protocol lets it be is told, and not cut', () => {
  const program = join(folder, 'program')
  const input = `${JSON.stringify({ call: 'x', ahead: 0, id: 1, filler: 'x'.repeat(5000) })}\n`
  expect(() => execFileSync(program, { input, stdio: 'pipe' })).toThrow(/a line that is too long/)
})
