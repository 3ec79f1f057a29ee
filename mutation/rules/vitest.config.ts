import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vitest/config'
import type { TestSequencer, TestSpecification } from 'vitest/node'
import { instrument, ruleFiles } from './instrument.js'
import { RuleMutantReporter } from './reporter.js'
import { parseShard, sampleOf, shardOf } from './sample.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { MUTANTS = '400', MUTANTS_SEED = '1', MUTANTS_IN = '', MUTANTS_TESTS } = process.env
const { MUTANTS_SHARD, MUTANTS_OUT = '' } = process.env

const { mutants, codeWith } = await instrument(root, ruleFiles(root, MUTANTS_IN.split(',')))
const sample =
  MUTANTS_SHARD === undefined
    ? sampleOf(mutants, Number(MUTANTS), Number(MUTANTS_SEED))
    : shardOf(mutants, parseShard(MUTANTS_SHARD))
const code = codeWith(new Set(sample.map(({ id }) => id)))

const plugin: Plugin = {
  name: 'rule-mutants',
  enforce: 'pre',
  load: (id) => code.get(id.split('?')[0] ?? ''),
}

/** The cheapest tests first: what they kill is spared the others. A path that leads to no test is refused. */
const tests = MUTANTS_TESTS?.split(',') ?? [
  'properties/**/*.test.ts',
  'model/**/*.test.ts',
  'designs/refused.test.ts',
  'designs/drivers/*.test.ts',
  'cli/run-digests.test.ts',
  'bugs/clauses.test.ts',
  'search/laws/requests/conversion-ends.test.ts',
  'search/soundness/monitor.test.ts',
  'bugs/calls-as-promised.test.ts',
  'bugs/every-clause.test.ts',
  'conform/oracle/**/*.test.ts',
  'search/laws/drivers/*.test.ts',
  'search/laws/requests/*.test.ts',
]
const leadNowhere = tests.filter((glob) => !existsSync(join(root, glob.split('*')[0] ?? '')))
if (leadNowhere.length > 0)
  throw new Error(`no test is at ${leadNowhere.join(' or ')}: mend the list, or MUTANTS_TESTS`)

const placeOf = ({ moduleId }: TestSpecification) => {
  const path = relative(root, moduleId)
  return tests.findIndex((glob) => path.startsWith(glob.split('*')[0] ?? ''))
}

class CheapFirst implements TestSequencer {
  async shard(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files
  }
  async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((a, b) => placeOf(a) - placeOf(b))
  }
}

export default defineConfig({
  root,
  plugins: [plugin],
  test: {
    include: [...tests],
    sequence: { sequencer: CheapFirst },
    exclude: ['**/node_modules/**', '**/dist/**'],
    runner: fileURLToPath(new URL('runner.ts', import.meta.url)),
    setupFiles: [join(root, 'config/vitest.setup.ts')],
    globalSetup: [join(root, 'tidy/temporary-folder.ts')],
    env: { DMAPROOF_SEED: '1', DMAPROOF_MUTANTS: sample.map(({ id }) => id).join() },
    tags: [{ name: 'long' }], // as in vitest.config.ts: a file whose tag is unknown is not loaded
    testTimeout: 0, // runner.ts has limits of its own
    pool: 'forks',
    isolate: false,
    maxWorkers: 1,
    fileParallelism: false,
    reporters: [new RuleMutantReporter(sample, mutants, MUTANTS_OUT)],
  },
})
