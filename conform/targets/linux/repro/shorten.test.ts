import { expect, test } from 'vitest'
import { shortened } from './shorten.js'

const code = (...parts: readonly string[]): string => `#include <a.h>\n\n${parts.join('\n\n')}\n`
const twice = 'static int twice(int number)\n{\n\treturn 2 * number;\n}'

test('a function of one line that is called once stands where it is called', () => {
  const main = 'int main(void)\n{\n\tset(twice(one + 1), "twice(number)");\n\treturn 0;\n}'
  expect(shortened(code(twice, main))).toBe(
    code('int main(void)\n{\n\tset(2 * (one + 1), "twice(number)");\n\treturn 0;\n}'),
  )
})

test('a statement stands where one is called, its arguments in the places of its parameters alone', () => {
  const open =
    'static void open_all(int fd, int count)\n{\n\topen_each(point.fd, (struct range){ .fd = fd }, "fd", count);\n}'
  const main = 'int main(void)\n{\n\topen_all(devices[0].fd, 3);\n\treturn 0;\n}'
  expect(shortened(code(open, main))).toContain(
    '\topen_each(point.fd, (struct range){ .fd = devices[0].fd }, "fd", 3);\n',
  )
})

test.each([
  ['that is called twice', 'int main(void)\n{\n\treturn twice(1) + twice(2);\n}'],
  ['whose value would have to stand in parentheses', 'int main(void)\n{\n\treturn 3 * twice(1);\n}'],
  ['of which the address is taken', 'int main(void)\n{\n\treturn each(twice);\n}'],
])('a function stays %s', (_, main) => {
  expect(shortened(code(twice, main))).toBe(code(twice, main))
})

test('a function stays whose argument would be computed twice, or not at all', () => {
  for (const body of ['number * number', 'size_of()']) {
    const square = twice.replace('2 * number', body)
    const main = 'int main(void)\n{\n\treturn twice(next());\n}'
    expect(shortened(code(square, main))).toBe(code(square, main))
  }
})

test('a function stays where a name of it means something else', () => {
  const shifted = twice.replace('2 * number', 'first + number')
  const main = 'int main(void)\n{\n\tint first = 7;\n\treturn twice(1);\n}'
  expect(shortened(code(shifted, main))).toBe(code(shifted, main))
  expect(shortened(code(shifted, main.replace('\tint first = 7;\n', '')))).toContain('return first + 1;')
})

test('a function stays that has a comment', () => {
  const main = 'int main(void)\n{\n\treturn twice(1);\n}'
  expect(shortened(code(`/* Why. */\n${twice}`, main))).toBe(code(`/* Why. */\n${twice}`, main))
})

const open = [
  '/* Opens a file. */',
  'static void open_file(struct file *file, struct range range)',
  '{',
  '\tint fd = open(range.from, range.to);',
  '\tfor (int i = 0; i < 1; i++)',
  '\t\tset(file->fds[i], fd);',
  '}',
].join('\n')
const calling = (...lines: readonly string[]) => `int main(void)\n{\n${lines.map((one) => `\t${one}\n`).join('')}}`

test('some lines without a value stand where they are called once, with what they are told and their comment', () => {
  const text = shortened(code(open, calling('open_file(&files[3], range_of(1, 2));', 'done();')))
  const lines = [
    ...['/* Opens a file. */', 'struct range range = range_of(1, 2);', 'int fd = open(range.from, range.to);'],
    ...['set(files[3].fds[0], fd);', 'done();'],
  ]
  expect(text).toContain(calling(...lines))
  expect(text).not.toContain('open_file')
})

test.each([
  ['is called twice', open, ['open_file(a, b);', 'open_file(b, a);']],
  ['ends before its end', open.replace('\tint fd', '\tif (done)\n\t\treturn;\n\tint fd'), ['open_file(a, b);']],
  ['prints', open.replace('set(', 'printf("%d", '), ['open_file(a, b);']],
  ['is told a text', open, ['open_file(a, "b");']],
  [
    'changes what it is told',
    open.replace('set(', 'range.to = 7, set(').replace('range.to =', 'file ='),
    ['open_file(a, b);'],
  ],
  ['has a local of a name that is there', open, ['int fd = 3;', 'open_file(a, b);', 'close(fd);']],
  [
    'uses what has a local of its name there',
    open.replace('set(', 'set(last, '),
    ['int last = 3;', 'open_file(a, b);'],
  ],
])('a function of some lines stays that %s', (_, text, lines) => {
  expect(shortened(code(text, calling(...lines)))).toBe(code(text, calling(...lines)))
})

test('a variable goes that is set and never read; one that is read, or set by a call, stays', () => {
  const main = (set: string, read: string) => `int main(int count)\n{\n\tlast = ${set};\n\treturn ${read};\n}`
  const last = 'static int last = -1;'
  expect(shortened(code(last, main('count', 'count')))).toBe(
    code('int main(int count)\n{\n\treturn count;\n}').replace('\n\n', '\n\n\n'),
  )
  for (const kept of [main('count', 'last'), main('next()', 'count')]) {
    expect(shortened(code(last, kept))).toBe(code(last, kept))
  }
})

test('a field of a device goes that is set and never read', () => {
  const device = 'struct device {\n\tint fd;\n\tint id; /* its number */\n};'
  const main = (end: string) =>
    `int main(void)\n{\n\tstruct device one = { .fd = 1, .id = -1 };\n\tone.id = 2;\n\treturn ${end};\n}`
  expect(shortened(code(device, main('one.fd')))).toBe(
    code(
      'struct device {\n\tint fd;\n};',
      'int main(void)\n{\n\tstruct device one = { .fd = 1 };\n\treturn one.fd;\n}',
    ),
  )
  expect(shortened(code(device, main('one.fd + one.id')))).toBe(code(device, main('one.fd + one.id')))
})
