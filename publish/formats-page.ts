import { type JsonSchema, jsonSchemaOf } from './json-schema.js'
import { files, type JsonShape, lines, printed } from './shapes.js'
import { fieldTables } from './tables.js'

/** A command with what its help says of its exit status. */
export interface CommandStatus {
  readonly command: string
  /** `0 nothing found · 1 violated · …` */
  readonly status: string
}

/** The page of everything that a script reads: exit statuses, JSON, the configuration, and traces. */
export function formatsPage(commands: readonly CommandStatus[]): string {
  return [
    ...head,
    ...statuses(commands),
    '## JSON',
    '',
    'What the commands print with `--json`. A path is null where nothing was saved.',
    '',
    ...printed.flatMap(section),
    '## Files',
    '',
    ...files.flatMap(section),
    '## Lines of the protocol',
    '',
    '[protocol.md](protocol.md) says what they mean.',
    '',
    ...lines.map((shape) => `- [${fileOf(shape)}](${fileOf(shape)}): ${shape.title}`),
    '',
    '## Objects that several have',
    '',
    ...shared().flatMap(([name, schema]) => [`### ${name}`, '', ...fieldTables(schema)]),
  ].join('\n')
}

const head: readonly string[] = [
  '# Formats: exit statuses, JSON, files',
  '',
  'Generated from the schemas by which dmaproof reads and writes; a test fails when it is stale. Each format has a',
  'JSON Schema (draft 2020-12) in `docs/schemas/`, and in the package: `node_modules/dmaproof/docs/schemas/`. It',
  'describes this version: a later one may have more fields.',
  '',
]

const statuses = (commands: readonly CommandStatus[]): string[] => [
  '## Exit statuses',
  '',
  '| status | meaning |',
  '| --- | --- |',
  '| 0 | all held, or nothing was found (no proof); no divergence; litmus tests end as their files say |',
  '| 1 | a property is violated, a reply diverges, or a litmus test ends otherwise than its file says |',
  '| 2 | bad input: an option, a file or a design; the message says what to do |',
  '| 3 | the answer is open: inconclusive, vacuous, a bound was reached, or a signal came with nothing violated |',
  '| 70 | an internal error of dmaproof |',
  '',
  'At a signal (^C, SIGTERM, SIGHUP) a search prints what is decided and keeps its counterexamples (`explore` also the',
  'search, for `--resume`); a second one, a second or more later, ends it at once.',
  '',
  'Any command can end with 2 or 70. What each status means for a command:',
  '',
  '| command | exit status |',
  '| --- | --- |',
  ...commands.map(({ command, status }) => `| \`${command}\` | ${status} |`),
  '',
]

const fileOf = ({ name }: JsonShape): string => `schemas/${name}.json`

const section = (shape: JsonShape): string[] => [
  `### ${shape.title}`,
  '',
  `${shape.says} Schema: [${fileOf(shape)}](${fileOf(shape)}).`,
  '',
  ...fieldTables(jsonSchemaOf(shape)),
]

/** Definitions of the shapes with tables, by name. */
function shared(): [string, JsonSchema][] {
  const found = [...printed, ...files].flatMap((shape) => Object.entries(jsonSchemaOf(shape).$defs ?? {}))
  return [...new Map(found)].sort(([a], [b]) => (a < b ? -1 : 1))
}
