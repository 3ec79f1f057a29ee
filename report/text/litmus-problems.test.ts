import { expect, test } from 'vitest'
import { problemText } from '../../base/result.js'
import { makeLitmus } from '../../litmus/litmus.js'
import { golden } from '../testing/golden.js'

/** A whole test, of which a case changes one piece. */
function file([from, to]: readonly [string, string] = ['', '']): string {
  return `DMA small
(* Result: Never *)
scope pages=2 pagesPerSuperpage=2
{ 0..1 shared; H0: map 0; }
 H0           | D0           ;
 r0 = unmap 0 | r0 = write 0 ;
exists (D0:r0=done:private)
`.replace(from, to)
}

function wrongWith(text: string): string {
  const made = makeLitmus(text)
  return made.ok ? 'nothing' : problemText(made.problem, 'a.litmus', text)
}

/** What is changed, and into what. */
const wrong: readonly (readonly [string, string])[] = [
  [file(), ''],
  [file(), 'DMA x'],
  ['exists', 'exist'],
  ['H0           |', 'X0 |'],
  ['exists (D0:r0=done:private)\n', ''],
  [' r0 = unmap 0 | r0 = write 0 ;\n', ''],
  [' r0 = unmap 0 | r0 = write 0 ;\n', 'locations [ attr[0]; ]\n'],
  ['| D0 ', '| D9 '],
  ['| D0 ', '| P0 | H7 '],
  ['H0: map 0;', 'U4: iommu.invalidate;'],
  ['| r0 = write 0 ;', ';'],
  ['| r0 = write 0 ;', '| r0 = write 0 | write 1 ;'],
  ['scope pages=2', 'scope pages=3'],
  ['scope pages=2', 'scope leaves=2'],
  ['scope pages=2', 'scope pages=2 pages=4'],
  ['scope pages=2', 'scope pages=2=3'],
  ['scope pages=2', 'scope pages=2 devices=9'],
  ['scope', 'parts magic\nscope'],
  ['scope', 'platform linux-9\nscope'],
  ['scope', 'platform linux-7.2 ats=true drain=none drain=both\nscope'],
  ['scope', 'parts content content\nscope'],
  ['scope', 'driver type1v3\nscope'],
  ['scope', 'driver iommufd type1v2\nscope'],
  ['scope', 'lock vm none\nscope'],
  ['scope', 'lock never\nscope'],
  ['scope', 'design pin-nothing\nscope'],
  ['scope', 'scope pages=2\nscope'],
  ['unmap 0', 'convert 0 private by pin-nothing'],
  ['unmap 0', 'convert 0 private by'],
  ['H0           | D0           ;\n r0 = unmap 0', 'P0 | D0 ;\n r0 = convert 0 private'],
  ['H0: map 0;', 'P0: convert 0 private;'],
  ['unmap 0', 'unmapp 0'],
  ['unmap 0', 'punch-hole 0'],
  ['unmap 0', 'unmap 1..2'],
  ['unmap 0', 'unmap'],
  ['unmap 0', 'unmap 0 misaligned'],
  ['unmap 0', 'set-attributes 0 blue'],
  ['unmap 0', 'set-attributes 0 private private=1'],
  ['unmap 0', 'track'],
  ['unmap 0', 'issue 0'],
  ['write 0 ;', 'unmap 0 ;'],
  ['r0 = write 0 ;', 'await H0:r7 ;'],
  ['H0: map 0;', 'H0: map 0; H0: map 0;'],
  ['H0: map 0;', 'H0: map 0; 1 private;'],
  ['0..1 shared', '0..2 shared'],
  ['0..1 shared;', '0..1 shared; 1 private;'],
  ['D0:r0=done', 'D0:r1=done'],
  ['D0:r0=done:private', 'D0:r0=EINVAL'],
  ['D0:r0=done:private', 'attr[2]=private'],
  ['D0:r0=done:private', 'attr=private'],
  ['D0:r0=done:private', 'sept[0]=free'],
  ['D0:r0=done:private', 'weather=fine'],
  ['Result: Never', 'Result: Perhaps'],
  ['Result: Never', 'Result:'],
  ['scope', '(* Result: Always *)\nscope'],
  ['(* Result', '(* (* Result'],
  ['exists', '(* (* a comment *)\nexists'],
]

test('a whole file is accepted', () => {
  expect(wrongWith(file())).toBe('nothing')
})

test('an error names file, line and column, what was found and what was expected, with a caret', () => {
  const text = wrong.map((change) => `${wrongWith(file(change))}\n`).join('\n')
  expect(text).not.toMatch(/^nothing$/m)
  expect(text).toBe(golden(new URL('golden/litmus-problems.txt', import.meta.url), text))
})
