import { expect, test } from 'vitest'
import { comments } from './comments.js'
import { show } from './finding.js'
import { readRepository } from './repository.js'

const files = [
  { path: '.gitignore', text: 'dist/\n' },
  { path: 'model/plan/plan.ts', text: "export const planNode = { kind: 'iommu.clear-entry' }\n// `lostName`\n" },
]
const report = (text: string) =>
  comments([files[0], files[1], { path: 'model/a.ts', text }].flatMap((f) => f ?? []))
    .map(show)
    .filter((line) => line.startsWith('model/a.ts'))

test('what comments of this repository name exists', () => {
  expect(comments(readRepository()).map(show)).toEqual([])
})

test('a file or folder that does not exist is reported with its line', () => {
  expect(report('// `model/plan/plan.ts`, `plan.ts`, `model/`, `plan/`, `dist/cli/`\n')).toEqual([])
  expect(report('\n// `gone.ts`\n')).toEqual(['model/a.ts:2: no such file or folder: gone.ts'])
  expect(report('/**\n * See `model/gone/`.\n */\n')).toEqual(['model/a.ts:2: no such file or folder: model/gone/'])
})

test('the end of another file name is not a file', () => {
  expect(report('// `an.ts`\n')).toHaveLength(1)
})

test('an identifier that only comments have is reported', () => {
  expect(report('// `planNode`, `planNode.kind`, `planNode()`\n')).toEqual([])
  expect(report('// `lostName`\n')).toEqual(['model/a.ts:1: no such identifier: lostName'])
  expect(report('// `Lost.kind`\n')).toHaveLength(1)
})

test('an id of an action or a rule that no code has is reported', () => {
  expect(report('// `iommu.clear-entry`\n')).toEqual([])
  expect(report('// `vtd.lost-entry`, `kvm.vmm/lost`\n')).toHaveLength(2)
})

test('phrases, values and code that is more than a name pass', () => {
  expect(report('// `drain=none`, `{ aB: 1 }`, `no-shared-fault`, `linux-7.2`, `1 << index`\n')).toEqual([])
})
