import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { errorsPage } from './errors.js'

const page = fileURLToPath(new URL('../../docs/errors.md', import.meta.url))

test('docs/errors.md is what the rows say', () => {
  const text = errorsPage()
  if (process.env.DMAPROOF_UPDATE === '1') writeFileSync(page, text)
  expect(text).toBe(readFileSync(page, 'utf8'))
})

test('of an overlap each interface says its own error, with its rule', () => {
  const sections = errorsPage().split('\n## ').slice(1)
  const overlap = (on: string) =>
    sections
      .find((section) => /^`map` on (.*)/.exec(section)?.[1]?.split(', ').includes(on))
      ?.split('\n')
      .find((line) => /\/overlap`|over an existing leaf/.test(line))
  expect(overlap('type1v2')).toMatch(/^\| EEXIST \| .*\[`vfio\.map\/overlap`\] \|$/)
  expect(overlap('compat')).toMatch(/^\| EEXIST \| .*\[`iommufd\.map\/overlap`\] \|$/)
  expect(overlap('page-table')).toMatch(/^\| EADDRINUSE \| /)
})
