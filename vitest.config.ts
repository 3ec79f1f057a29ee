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

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    runner: './config/vitest.runner.ts',
    setupFiles: ['./config/vitest.setup.ts'],
    globalSetup: ['./tidy/temporary-folder.ts'],
    env: { DMAPROOF_SEED: seed, GITHUB_STEP_SUMMARY: '' }, // commands that tests start are no job
    testTimeout: 60_000,
    server: { deps: { external: [/\/dist\/cli\/program\.js$/] } }, // what is built is taken as it is
    pool: 'forks',
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
