import { expect, test } from 'vitest'
import { allRules } from '../conform/oracle/rule-evidence.js'
import { rulesPages } from './rules-page.js'

const pages = rulesPages()
const text = pages.map((page) => page.text).join('\n')

test('every rule has an entry, under its subject and on the page of its folder', () => {
  expect(text.match(/^### /gm)).toHaveLength(allRules.size)
  for (const id of allRules.keys()) {
    const [folder = ''] = id.split('.')
    const [subject = '', name = ''] = id.split('/')
    const page = pages.find((one) => one.folder === folder)?.text ?? ''
    const [, under = ''] = page.split(`\n## ${subject}\n`)
    expect(under.split('\n## ')[0], id).toContain(`\n### ${name}\n`)
  }
})

test('an entry has what the rule says, its force, its source with the revision, and the place', () => {
  const [page] = pages.filter(({ folder }) => folder === 'tdx')
  expect(page?.text).toContain(
    [
      '### host-entry-has-no-private-key',
      '',
      'Private key ids work in SEAM mode only, so no I/O entry that the host writes may carry one.',
      '',
      '*must* · Linux, 7.2.13 · Documentation/arch/x86/tdx.rst, TDX Host Kernel Support',
    ].join('\n'),
  )
})

test('signs of Markdown in a sentence are shown', () => {
  expect(text).toContain('KVM\\_SET\\_MEMORY\\_ATTRIBUTES')
})
