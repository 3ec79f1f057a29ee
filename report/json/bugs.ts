import { z } from 'zod'
import { configurationOf, type Hunt } from '../../bugs/hunt.js'
import type { Bug } from '../../bugs/index.js'
import { differenceText } from '../../search/check/configurations.js'

const count = z.number().int().min(0)

const huntSchema = z.strictObject({
  found: z.boolean().describe('whether the bug breaks the property that it names'),
  runs: count.nullable().describe('random runs up to the violation'),
  steps: count.nullable().describe('actions of the shrunk counterexample'),
  why: z.string().nullable().describe('how the property is violated'),
  fixHolds: z.boolean().describe('whether the fixed subject violates it in none of its runs'),
  fixBreaks: z.string().nullable().describe('how the fixed subject violates it'),
  fixRuns: count.describe('random runs of the fixed subject'),
})

const bugSchema = z.strictObject({
  id: z.string().describe('its name in the museum'),
  title: z.string().describe('what went wrong, in a few words'),
  story: z.string().describe('what went wrong and what came of it'),
  sources: z
    .array(
      z.strictObject({
        name: z.string().describe('its name'),
        url: z.string().describe('where it is read'),
        subjectOnly: z.boolean().describe('whether only its subject line was read'),
      }),
    )
    .describe('public reports of it'),
  design: z.string().describe('the design that it is planted in'),
  driver: z.string().describe('the driver'),
  backing: z.enum(['separate', 'in-place']).describe('the backing'),
  change: z.array(z.string()).describe('what is changed in them'),
  property: z.string().describe('the property that must break'),
  configuration: z.string().describe('the configuration of check in which it shows'),
  machine: z.string().describe('what that machine has over the plain one'),
  fix: z.string().describe('how it was fixed'),
  hunt: huntSchema.nullable().describe('what a search found; null in the list of all'),
})

/** What `bugs --json` prints. */
export const bugsSchema = z.array(bugSchema)
type BugJson = z.infer<typeof bugSchema>

/** A bug, and what a hunt found, if there was one. */
export function bugJson(bug: Bug, hunted?: Hunt): BugJson {
  const { id, title, story, sources, plantedIn, change, breaks, where, fix } = bug
  return {
    id,
    title,
    story,
    sources: sources.map(({ name, url, subjectOnly = false }) => ({ name, url, subjectOnly })),
    ...plantedIn,
    change: change.map(({ says }) => says),
    property: breaks,
    configuration: where,
    machine: differenceText(configurationOf(bug)),
    fix,
    hunt: hunted === undefined ? null : huntJson(hunted),
  }
}

const huntJson = ({ found, fixBreaks, fixRuns }: Hunt): BugJson['hunt'] => ({
  found: found !== undefined,
  runs: found?.runs ?? null,
  steps: found?.trace.steps.length ?? null,
  why: found?.trace.header.why ?? null,
  fixHolds: fixBreaks === undefined,
  fixBreaks: fixBreaks ?? null,
  fixRuns,
})

/** One bug per line. */
export const bugsJson = (entries: readonly BugJson[]): string =>
  `[\n${entries.map((entry) => JSON.stringify(entry)).join(',\n')}\n]\n`
