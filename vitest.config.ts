import { randomInt } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import type { Reporter } from 'vitest/node'

const { DMAPROOF_SEED, DMAPROOF_TEST_JSON, GITHUB_ACTIONS } = process.env

/** Drawn once, here, so that every worker tests with the same seed and one number repeats the whole run. */
const seed = DMAPROOF_SEED ?? String(randomInt(2 ** 31))
if (!/^-?\d+$/.test(seed)) throw new Error(`DMAPROOF_SEED is '${seed}'; expected a whole number`)

const printSeed: Reporter = {
  onTestRunStart: () => console.log(` properties run with seed ${seed}; to repeat: DMAPROOF_SEED=${seed} npm test\n`),
}

const exclude = ['**/node_modules/**', '**/dist/**']

/** Suites of long searches: their inner loops are compiled for their own machines, and slower where others were run. */
const searches = [
  ...['bugs/beside-the-museum', 'conform/runner/run', 'cost/extrapolate', 'designs/on-demand-4k', 'mutation/run'],
  ...['report/bugs/museum', 'report/page/architectures', 'search/check/*', 'search/exhaustive/symmetry/symmetry'],
  ...['search/laws/guest-memory/slot-deletion', 'search/random/unseen', 'search/soundness/rule-deletion'],
].map((name) => `${name}.test.ts`)

/**
 * Suites that run in a process of their own each: those searches, and what starts processes and threads, or judges what
 * a process is like. The others share processes, which spares each file the start of one and the loading of the model;
 * what one of them would leave to the next, `tidy/shared-process.ts` refuses.
 */
const alone = [
  ...['api', 'bench', 'cli', 'conform/targets', 'examples', 'publish', 'view'].map(
    (folder) => `${folder}/**/*.test.ts`,
  ),
  'checker/force-gc.test.ts',
  'checker/threads/*.test.ts',
  'report/ci/page.test.ts',
  'search/jobs/*.test.ts',
  ...searches,
]

const ofEach = {
  runner: './config/vitest.runner.ts',
  setupFiles: ['./config/vitest.setup.ts'],
  env: { DMAPROOF_SEED: seed, GITHUB_STEP_SUMMARY: '' }, // commands that tests start are no job
  testTimeout: 60_000,
  tags: [{ name: 'long', description: 'Takes over 1.5 s of a core: npm run test:long runs it' }],
  pool: 'forks' as const,
  server: { deps: { external: [/\/dist\/cli\/program\.js$/] } }, // what is built is taken as it is
}

export default defineConfig({
  test: {
    projects: [
      { test: { ...ofEach, name: 'alone', include: alone, exclude } },
      {
        test: {
          ...ofEach,
          name: 'shared',
          include: ['**/*.test.ts'],
          exclude: [...exclude, ...alone],
          setupFiles: [...ofEach.setupFiles, './tidy/shared-process.ts'],
          isolate: false,
          restoreMocks: true, // what one file replaces is whole for the next
        },
      },
    ],
    globalSetup: ['./tidy/temporary-folder.ts'],
    maxWorkers: availableParallelism(), // vitest leaves one core idle, which is half of a common machine
    reporters: [
      'default',
      printSeed,
      ...(GITHUB_ACTIONS ? ['github-actions'] : []),
      ...(DMAPROOF_TEST_JSON ? ['json'] : []),
    ],
    outputFile: DMAPROOF_TEST_JSON ? { json: DMAPROOF_TEST_JSON } : {},
  },
})
