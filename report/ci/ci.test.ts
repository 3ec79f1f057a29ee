import { fc, test } from '@fast-check/vitest'
import { describe, expect, test as plain } from 'vitest'
import { junitText } from './junit.js'
import { isBuildId, kcidbSchema, kcidbText } from './kcidb.js'
import { ktapText } from './ktap.js'
import type { CiOutcome } from './outcome.js'
import { outcomesPage } from './page.js'

const texts = fc.string({ unit: 'binary', maxLength: 30 })
const outcomes = fc.array(
  fc.record({
    suite: fc.constantFrom('one machine', 'another <"machine"> # & more', 'a third'),
    name: texts,
    status: fc.constantFrom('pass', 'fail', 'error', 'skip'),
    why: texts,
    detail: texts,
  }) satisfies fc.Arbitrary<CiOutcome>,
  { maxLength: 12 },
)

const fail: CiOutcome = { suite: 'm', name: 'p', status: 'fail', why: 'it broke', detail: 'step 1\nstep 2' }
const counted = (all: readonly CiOutcome[], ...statuses: readonly string[]) =>
  all.filter(({ status }) => statuses.includes(status)).length

describe('a JUnit report', () => {
  test.prop([outcomes])('is well-formed, whatever is in a name or a reason, and counts each status', (all) => {
    const xml = junitText('dmaproof check', all)
    expect(xml.replaceAll(/<[^<>]*>|&(amp|lt|gt|quot);/g, '')).not.toMatch(/[<&]/)
    expect(xml).not.toMatch(/[^\t\n\x20-\ud7ff\ue000-\ufffd]/)
    const head = /<testsuites name="dmaproof check" tests="(\d+)" failures="(\d+)" errors="(\d+)" skipped="(\d+)">/
    const counts = ['fail', 'error', 'skip'].map((status) => counted(all, status))
    expect(head.exec(xml)?.slice(1).map(Number)).toEqual([all.length, ...counts])
    expect(xml.match(/<testcase /g) ?? []).toHaveLength(all.length)
    expect(xml.match(/<failure /g) ?? []).toHaveLength(counted(all, 'fail'))
  })

  plain('tells what is wrong from what could not be told', () => {
    const error: CiOutcome = { ...fail, status: 'error', why: 'the bound was reached' }
    expect(junitText('x', [fail, error])).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="x" tests="2" failures="1" errors="1" skipped="0">
  <testsuite name="m" tests="2" failures="1" errors="1" skipped="0">
    <testcase classname="m" name="p"><failure message="it broke">step 1
step 2</failure></testcase>
    <testcase classname="m" name="p"><error message="the bound was reached">step 1
step 2</error></testcase>
  </testsuite>
</testsuites>
`)
  })
})

/** A line of KTAP version 1, at the top or in a subtest (Documentation/dev-tools/ktap.rst). */
const ktapLine = /^( {2})?(KTAP version 1|1\.\.\d+|# .*|#|(not )?ok \d+ [^#]*( # (SKIP|ERROR).*)?)$/u

describe('a KTAP report', () => {
  test.prop([outcomes])('has a plan and as many results in each subtest, whatever is in a name', (all) => {
    const lines = ktapText(all).trimEnd().split('\n')
    expect(lines.filter((line) => !ktapLine.test(line))).toEqual([])
    const results = lines.filter((line) => /^ {2}(not )?ok /.test(line))
    expect(results).toHaveLength(all.length)
    expect(results.filter((line) => line.startsWith('  not ok'))).toHaveLength(counted(all, 'fail', 'error'))
    const suites = new Set(all.map(({ suite }) => suite)).size
    expect(lines.slice(0, 2)).toEqual(['KTAP version 1', `1..${suites}`])
    expect(lines.filter((line) => /^(not )?ok /.test(line))).toHaveLength(suites)
  })

  plain('shows a failure before its result, and says of an error that it is one', () => {
    const error: CiOutcome = { suite: 'n', name: 'q # r', status: 'error', why: 'a bound\nwas reached' }
    expect(ktapText([fail, { ...fail, name: 's', status: 'skip', why: 'no rule' }, error])).toBe(`KTAP version 1
1..2
  KTAP version 1
  # Subtest: m
  1..2
  # it broke
  # step 1
  # step 2
  not ok 1 p
  ok 2 s # SKIP no rule
not ok 1 m
  KTAP version 1
  # Subtest: n
  1..1
  not ok 1 q  r # ERROR a bound was reached
not ok 2 n
`)
  })
})

describe("a report for KernelCI's database", () => {
  const digest = (text: string) => text.length.toString(16)

  test.prop([outcomes])('keeps to the schema, whatever is in a name', (all) => {
    const report = kcidbSchema.parse(JSON.parse(kcidbText('check', all, 'myci:build-17', digest)))
    expect(report.tests.map(({ status }) => status.toLowerCase())).toEqual(all.map(({ status }) => status))
    expect(report.tests.every(({ origin, build_id: build }) => origin === 'myci' && build === 'myci:build-17')).toBe(
      true,
    )
  })

  plain('names a test by command, subject and question, and a build by its origin', () => {
    const [test] = kcidbSchema.parse(JSON.parse(kcidbText('check', [fail], 'myci:b', digest))).tests
    expect(test).toMatchObject({
      path: 'dmaproof.check.m.p',
      comment: 'm: p',
      status: 'FAIL',
      misc: { why: 'it broke' },
    })
    expect(['myci:build-17', 'a_1:'].map(isBuildId)).toEqual([true, true])
    expect(['build-17', 'My:b', ':b'].map(isBuildId)).toEqual([false, false, false])
  })
})

describe('a report page', () => {
  test.prop([outcomes])('runs nothing and holds no markup of a name, and each cell opens a section', (all) => {
    const page = outcomesPage('check', all)
    expect(page).toMatch(/Content-Security-Policy" content="default-src 'none'; style-src 'sha256-[\w+/=]+'"/)
    const tags = new Set(page.match(/<[a-z][a-z0-9]*/g) ?? [])
    const ours = [
      'html',
      'head',
      'meta',
      'title',
      'style',
      'body',
      'main',
      'h1',
      'p',
      'span',
      'table',
      'thead',
      'tbody',
    ]
    const known = new Set([...ours, 'div', 'tr', 'th', 'td', 'a', 'section', 'h2', 'pre'].map((tag) => `<${tag}`))
    expect([...tags].filter((tag) => !known.has(tag))).toEqual([])
    expect(page.match(/<div/g)).toHaveLength(1)
    const links = [...page.matchAll(/href="#(case-\d+)"/g)].map(([, id]) => id)
    const sections = [...page.matchAll(/<section id="(case-\d+)"/g)].map(([, id]) => id)
    expect(links.toSorted()).toEqual(sections.toSorted())
    expect(sections).toHaveLength(all.length)
  })

  plain('is a table of subjects and questions, and a list where the questions are many', () => {
    const page = outcomesPage('check', [fail, { ...fail, name: 'q', status: 'pass' }, { ...fail, suite: 'n' }])
    expect(page).toContain('<th scope="col">p</th><th scope="col">q</th>')
    expect(page.match(/<tr><th scope="row">/g)).toHaveLength(2)
    expect(page).toContain('<pre tabindex="0">step 1\nstep 2</pre>')
    const many = Array.from({ length: 21 }, (_, at) => ({ ...fail, name: `q${at}` }))
    expect(outcomesPage('litmus', many).match(/<tr><th scope="row">/g)).toHaveLength(21)
  })
})
