import { z } from 'zod'
import { plainLine } from '../../base/visible.js'
import type { CiOutcome, OutcomeStatus } from './outcome.js'

/** The version of the schema: kcidb-io, kcidb_io/schema/v05_03.py. */
const version = { major: 5, minor: 3 } as const

const statuses = { pass: 'PASS', fail: 'FAIL', error: 'ERROR', skip: 'SKIP' } as const satisfies Record<
  OutcomeStatus,
  string
>

const pathPattern = /^([a-zA-Z0-9_-]+(\.[a-zA-Z0-9_-]+)*)?$/
const idPattern = /^[a-z0-9_]+:.*$/

/** What `--kcidb` writes: a part of the schema of kcidb-io, with the fields that dmaproof knows. */
export const kcidbSchema = z.strictObject({
  version: z
    .strictObject({
      major: z.literal(version.major).describe('the major version of the schema'),
      minor: z.literal(version.minor).describe('its minor version'),
    })
    .describe('the version of the schema'),
  tests: z
    .array(
      z.strictObject({
        id: z.string().regex(idPattern).describe('the origin, and a digest of build, path and comment'),
        build_id: z.string().regex(idPattern).describe('the build that was tested, as of --kcidb-build'),
        origin: z
          .string()
          .regex(/^[a-z0-9_]+$/)
          .describe('the CI system: what stands before the colon of the build'),
        path: z.string().regex(pathPattern).describe('dmaproof, the command, the subject and the question, dotted'),
        comment: z.string().describe('the subject and the question'),
        status: z.enum(['PASS', 'FAIL', 'ERROR', 'SKIP']).describe('FAIL: the subject is wrong; ERROR: not judged'),
        misc: z.strictObject({ why: z.string().describe('the reason') }).describe('what the schema has no field for'),
      }),
    )
    .describe('one a question'),
})

/** Whether a text names a build, as in `myci:build-17`. */
export const isBuildId = (text: string): boolean => idPattern.test(text)

/**
 * The outcomes as KernelCI's database takes them.
 *
 * @param command that judged
 * @param build whose kernel or design it is, as in `myci:build-17`
 * @param digest of a text
 */
export function kcidbText(
  command: string,
  outcomes: readonly CiOutcome[],
  build: string,
  digest: (text: string) => string,
): string {
  const origin = build.slice(0, build.indexOf(':'))
  const tests = outcomes.map(({ suite, name, status, why }) => {
    const path = ['dmaproof', command, pathWord(suite), pathWord(name)].join('.')
    const comment = plainLine(`${suite}: ${name}`)
    const id = `${origin}:dmaproof-${digest(JSON.stringify([build, path, comment]))}`
    return { id, build_id: build, origin, path, comment, status: statuses[status], misc: { why } }
  })
  const whole: z.infer<typeof kcidbSchema> = { version, tests }
  return `${JSON.stringify(whole, null, 1)}\n`
}

/** One part of a path: what a path cannot hold becomes an underscore. */
const pathWord = (text: string): string =>
  text.replaceAll(/[^a-zA-Z0-9-]+/g, '_').replaceAll(/^_+|_+$/g, '') || 'unnamed'
