import { type Finding, lineAt } from './finding.js'
import type { TextFile } from './repository.js'

const path = 'spec/questions.md'

/** What each preset says for each field, as the schema of the platform has it. */
export type Presets = Readonly<Record<string, Readonly<Record<string, unknown>>>>

interface Row {
  readonly line: number
  readonly field: string
  /** As written, by preset. */
  readonly values: ReadonlyMap<string, string>
}

const cellsOf = (line: string): string[] => line.slice(1, -1).split('|').map(plain)
const plain = (cell: string): string => cell.trim().replace(/^`(.*)`$/, '$1')

/** The rows of every table whose first column is `parameter`. */
function rowsOf(text: string): Row[] {
  let columns: string[] = []
  return text.split('\n').flatMap((line, index): Row[] => {
    if (!line.startsWith('|')) {
      columns = []
      return []
    }
    const [first = '', ...rest] = cellsOf(line)
    if (first === 'parameter') columns = rest
    else if (columns.length > 0 && !first.startsWith('---')) {
      const values = new Map(columns.map((preset, column) => [preset, rest[column] ?? '']))
      return [{ line: index + 1, field: first, values }]
    }
    return []
  })
}

/** A value as the tables write it; a list of all that there is reads `both`. */
function written(value: unknown): string {
  if (!Array.isArray(value)) return String(value)
  return value.length > 1 ? 'both' : String(value[0])
}

function faultsOfRow({ line, field, values }: Row, presets: Presets): Finding[] {
  const names = new Set([...Object.keys(presets), ...values.keys()])
  return [...names].flatMap((name): Finding[] => {
    const preset = presets[name]
    if (preset === undefined) return [{ path, line, message: `no preset is called ${name}` }]
    if (!(field in preset)) return [{ path, line, message: `the platform has no field ${field}` }]
    const [found, expected] = [values.get(name) ?? 'nothing', written(preset[field])]
    return found === expected ? [] : [{ path, line, message: `${field} in ${name} is ${found}; platform: ${expected}` }]
  })
}

/**
 * Reports where the tables of `spec/questions.md` differ from the presets of the model, and every field of the
 * platform that has no row, more than one row, or no entry that says what its values stand for.
 */
export function questions(files: readonly TextFile[], presets: Presets): Finding[] {
  const text = files.find((file) => file.path === path)?.text
  if (text === undefined) return [{ path, line: 1, message: 'missing' }]
  const rows = rowsOf(text)
  const fields = new Set(Object.values(presets).flatMap((preset) => Object.keys(preset)))
  return [
    ...rows.flatMap((row) => dedupe(faultsOfRow(row, presets))),
    ...[...fields].flatMap((field): Finding[] => {
      const found = rows.filter((row) => row.field === field)
      if (found.length === 1) return []
      return [{ path, line: found[1]?.line ?? 1, message: `${field} has ${found.length} rows; expected one` }]
    }),
    ...[...fields].filter((field) => !explains(text, field)).map((field) => unexplained(text, field)),
  ]
}

const explains = (text: string, field: string): boolean => text.includes(`Parameter \`${field}\`:`)

function unexplained(text: string, field: string): Finding {
  const line = lineAt(text, Math.max(0, text.indexOf(`\`${field}\``)))
  return { path, line, message: `nothing says what the values of ${field} stand for: no "Parameter \`${field}\`:"` }
}

const dedupe = (findings: readonly Finding[]): Finding[] =>
  findings.filter(({ message }, index) => findings.findIndex((other) => other.message === message) === index)
