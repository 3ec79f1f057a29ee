import { describe, expect, test } from 'vitest'
import { designs, fullName } from '../designs/index.js'
import { makeLitmus } from './litmus.js'

/** A whole test, of which a case changes one piece. */
const file = (from = '', to = '') =>
  `DMA small
(* Result: Never *)
scope pages=2 pagesPerSuperpage=2
{ 0..1 shared; H0: map 0; }
 H0           | D0           ;
 r0 = unmap 0 | r0 = write 0 ;
exists (D0:r0=done:private)
`.replace(from, to)

/** What a changed test is refused for; undefined where it is accepted. */
function refusal(from: string, to: string): string | undefined {
  const made = makeLitmus(file(from, to))
  return made.ok ? undefined : made.problem.message
}

describe('what stands twice is refused, because one of the two would be taken silently:', () => {
  test.each([
    ['results', 'scope', '(* Result: Always *)\nscope', '"Result:" stands here twice'],
    ['results in one comment', 'Never', 'Never. Result: Always', '"Result:" stands here twice'],
    ['sides of a page', '0..1 shared;', '0..1 shared; 1 private;', 'page 1 stands here twice'],
    ['sizes of the scope', 'pages=2', 'pages=2 pages=4', 'scope: "pages" stands here twice'],
    [
      'fields of the platform',
      'scope',
      'platform linux-7.2 drain=none drain=both scope',
      'platform: "drain" stands here twice',
    ],
    ['parts', 'scope', 'parts content content scope', '"content" stands here twice'],
    ['locks', 'scope', 'lock vm none scope', 'found a second word, "none", expected one behind "lock"'],
    ['drivers', 'scope', 'driver compat type1v2 scope', 'found a second word, "type1v2", expected one behind "driver"'],
    [
      'designs',
      'scope',
      'design pin-all pin-all scope',
      'found a second word, "pin-all", expected one behind "design"',
    ],
  ])('%s', (_, from, to, message) => {
    expect(refusal(from, to)).toBe(message)
  })
})

describe('a comment', () => {
  test('that is not closed is what is wrong with a file', () => {
    expect(refusal('Never *)', 'Never')).toBe('this comment is not closed, expected "*)"')
    expect(refusal('(* Result', '(* (* Result')).toBe('this comment is not closed, expected "*)"')
    expect(refusal('(* Result', '(* (* nested *) Result')).toBeUndefined()
  })

  test('in a condition is not printed with it', () => {
    const made = makeLitmus(file('(D0:r0', '(host=alive (* why (* not *) *) /\\ D0:r0'))
    expect(made).toMatchObject({ value: { condition: '(host=alive /\\ D0:r0=done:private)' } })
  })
})

describe('a request of the guest', () => {
  const request = (step: string, setting = '') => `DMA request
${setting}
{ 0..3 shared; }
 P0 ;
 r0 = ${step} ;
exists (P0:r0=ok)
`
  const message = (text: string) => {
    const made = makeLitmus(text)
    return made.ok ? undefined : made.problem.message
  }
  const needed = 'no plan carries this request out; expected `by DESIGN` or a `design` line'

  test.each(['convert 0 private', 'convert 0 shared', 'guest.convert gfn=0 private', 'convert 0..1 private'])(
    '%s is refused without a design: it would end at once, with ok and the page as it was',
    (step) => {
      expect(message(request(step))).toBe(needed)
      expect(message(request(step, 'design on-demand-4k'))).toBeUndefined()
    },
  )

  test('in the initial state needs a design, too', () => {
    const text = request('map 0').replace('shared;', 'shared; P0: convert 0 private;')
    expect(message(text)).toBe(needed)
    expect(message(text.replace('{', 'design on-demand-4k {'))).not.toBe(needed)
  })

  test.each(['convert 0 private by', 'convert 0 private by design=pin-all'])('%s names no design', (step) => {
    expect(message(request(step))).toBe('found no design behind "by", expected its name, as in by on-demand-4k')
    expect(message(request(step, 'design on-demand-4k'))).toContain('found no design behind "by"')
  })

  test.each(designs.map((design) => [fullName(design), design.backings[0]]))(
    'is carried out by %s',
    (name, backing) => {
      const setting = `platform tdx-2021-reading scope backing=${backing}`
      expect(message(request(`convert 0 private by ${name}`, setting))).toBeUndefined()
      expect(message(request(`convert 0 shared by ${name}`, setting))).toBeUndefined()
    },
  )
})

describe('a thread', () => {
  test.each([
    ['D9', '| D0', '| D9', 'D9 would make devices=10, expected at most 8'],
    ['H7 beside P0', '| D0', '| P0 | H7', 'H7 would make vcpus=9, expected at most 8'],
  ])('%s of a machine that is too large is pointed at', (_, from, to, message) => {
    const text = file(from, to)
    const made = makeLitmus(text)
    const problem = made.ok ? undefined : made.problem
    expect(problem).toMatchObject({ message, place: { kind: 'span', at: text.indexOf(message.slice(0, 2)) } })
  })

  test('without a row of steps is refused as what it is', () => {
    const message = 'found no row of steps below the threads, expected one'
    expect(refusal(' r0 = unmap 0 | r0 = write 0 ;\n', '')).toBe(message)
    expect(refusal(' r0 = unmap 0 | r0 = write 0 ;\n', 'locations [ attr[0]; ]\n')).toBe(message)
  })
})
