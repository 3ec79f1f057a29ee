/** A definition at the top of a C file, with the comment right above it. */
export interface Unit {
  readonly kind: 'macro' | 'type' | 'value'
  readonly names: readonly string[]
  /** Names that stand in it, its own and those of members left out. */
  readonly uses: readonly string[]
  readonly text: string
  /** The system's headers that its file includes. */
  readonly includes: readonly string[]
}

/** The same text with blanks for what is in comments and strings; as many lines. */
const bare = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/g, (found) => found.replace(/[^\n]/g, ' '))

/** Structs and enums have names of their own. */
const nameIn = /\b(?:struct|enum) \w+|(?<![\w.]|->)[A-Za-z_]\w*/g

const namesIn = (code: string): string[] => code.match(nameIn) ?? []

/**
 * The definitions of a C file as the kernel's style writes them: each begins in the first column, and ends with a
 * semicolon or brace outside of all others. Declarations without a definition, as in headers, are left out.
 */
export function unitsOf(file: string): readonly Unit[] {
  const text = file.replace(/^#ifndef (\w+_H)\n#define \1\n([\s\S]*)#endif\n$/m, '$2')
  const lines = text.split('\n')
  const codes = bare(text).split('\n')
  const includes = [...text.matchAll(/^#include <(.*)>$/gm)].map(([, name = '']) => name)
  const units: Unit[] = []
  let comment = 0
  for (let at = 0; at < lines.length; at++) {
    if (lines[at] === '' || /^#(include|define _GNU_SOURCE)/.test(lines[at] ?? '')) comment = at + 1
    else if (codes[at]?.trim() !== '') {
      const end = endOf(codes, at)
      const code = codes.slice(at, end).join('\n')
      const unit = { ...defined(code), text: lines.slice(comment, end).join('\n'), includes }
      if (unit.names.length > 0)
        units.push({ ...unit, uses: namesIn(code).filter((name) => !unit.names.includes(name)) })
      at = end - 1
      comment = end
    }
  }
  return units
}

/** Behind the last line of what begins at a line. */
function endOf(codes: readonly string[], from: number): number {
  const first = codes[from] ?? ''
  if (first.startsWith('#ifndef')) return codes.indexOf('#endif', from) + 1
  let depth = 0
  for (let at = from; at < codes.length; at++) {
    const code = (codes[at] ?? '').trimEnd()
    if (first.startsWith('#define')) {
      if (!code.endsWith('\\')) return at + 1
      continue
    }
    depth += code.split(/[({]/).length - code.split(/[)}]/).length
    if (depth === 0 && /[;}]$/.test(code)) return at + 1
  }
  throw new Error(`a definition without an end: ${first}`)
}

/** What a piece of code defines; nothing if it is a declaration. */
function defined(code: string): Pick<Unit, 'kind' | 'names'> {
  if (code.startsWith('#')) {
    const names = [...code.matchAll(/^#define (\w+)|^(struct \w+) \{/gm)].map(([, macro, type]) => macro ?? type ?? '')
    return { kind: 'macro', names }
  }
  const [head = '', body = ''] = code.split(/\{([\s\S]*)/)
  const tag = /^(struct|enum)( \w+)? $/.exec(head)
  if (tag?.[1] === 'enum') {
    const words = (body.match(/\w+(?= *[,=}])/g) ?? []).filter((word) => !/^\d/.test(word))
    return { kind: 'type', names: [head.trim(), ...words].filter((name) => name !== 'enum') }
  }
  if (tag?.[2] !== undefined) return { kind: 'type', names: [head.trim()] }
  const isFunction = /^[^=]*\w\([^=]*$/.test(head)
  if (isFunction) return { kind: 'value', names: body === '' ? [] : (head.match(/\w+(?=\()/)?.slice(0, 1) ?? []) }
  if (code.startsWith('extern')) return { kind: 'value', names: [] }
  const declarators = code.replace(/\{[\s\S]*\}/g, ' ').split(',')
  return { kind: 'value', names: declarators.flatMap((part) => /(\w+) *(?=[[=;]|$)/.exec(part)?.[1] ?? []) }
}

/**
 * The definitions that some code needs, each behind those that it needs itself.
 *
 * @param main the code
 * @returns them, without the code
 * @throws Error if a definition needs itself
 */
export function neededBy(main: string, units: readonly Unit[]): readonly Unit[] {
  const by = new Map(units.flatMap((unit) => unit.names.map((name) => [name, unit] as const)))
  const found = new Set<Unit>()
  const open: Unit[] = []
  const need = (names: readonly string[]) => {
    for (const unit of new Set(names.flatMap((name) => by.get(name) ?? []))) {
      if (found.has(unit)) continue
      if (open.includes(unit)) throw new Error(`${unit.names[0]} needs itself by way of ${open.at(-1)?.names[0]}`)
      open.push(unit)
      need(unit.uses)
      open.pop()
      found.add(unit)
    }
  }
  need(namesIn(bare(main)))
  return [...found]
}

/** Some code without the statements that call these functions. @throws Error if a call is not a statement by itself */
export function without(names: readonly string[], text: string): string {
  if (names.length === 0) return text
  const calls = new RegExp(`(?<=\\n)\\t+(${names.join('|')})\\(.*\\);\\n`, 'g')
  return text.replace(calls, (statement, _, at: number) => {
    const before = text.slice(0, at).trimEnd()
    if (/[;{}]$/.test(before)) return ''
    throw new Error(`${statement.trim()} is not a statement by itself: it stands behind ${before.slice(-40)}`)
  })
}
