// A program of functions that were written for many calls has some that only pass on what they are given, and values
// that nothing asks for. What a reader need not see goes.

const string = String.raw`"(?:\\.|[^"\\])*"`

/** How often a name stands in some code, strings and comments left out. */
const countOf = (code: string, name: string): number =>
  [...code.matchAll(new RegExp(`${string}|/\\*[\\s\\S]*?\\*/|\\b(${name})\\b`, 'g'))].filter(([, found]) => found)
    .length

/** Puts a short comment behind the line that it is about. */
export function folded(text: string): string {
  const [, comment = '', line = ''] = /^(\/\*.*\*\/)\n(.*;|#define .*)$/.exec(text) ?? []
  return comment !== '' && comment.length + line.length < foldedWidth ? `${line} ${comment}` : text
}

/** Puts each short struct whose members have no comment on one line, next to a line that follows. */
export function foldedStructs(text: string): string {
  return text.replace(longStruct, (whole, head: string, body: string) => {
    const members = body.split('\n').map((line) => line.trim())
    const line = `${head} ${members.filter((member) => !/^\/\*.*\*\/$/.test(member)).join(' ')}};\n`
    return line.includes('/*') || line.length > foldedWidth ? whole : line
  })
}

const longStruct = /^(struct \w+ \{)\n((?:\t.*\n)+)\};\n(?:\n(?=.*;(?: .*)?\n|#define ))?/gm

/** Characters of a line up to which it takes in what stood on others. */
const foldedWidth = 110

/**
 * The same program, shorter: a function of one line that is called once stands where it is called, and a variable or a
 * field of a device that is set and never read is gone.
 *
 * @param program C in the kernel's style, as the agent's files have it
 */
export function shortened(program: string): string {
  let text = program
  for (let before = ''; before !== text; ) {
    before = text
    text = withoutUnread(inlined(text))
  }
  return text
}

const lineFunction =
  /\nstatic [\w ]+[ *](\w+)\(([^()]*)\)\n\{\n\t(return )?([^\n{}]*(?:\{ [^\n{}]* \}[^\n{}]*)?);\n\}\n(?=\n)/g

function inlined(text: string): string {
  for (const [whole, name = '', parameters = '', isValue, body = ''] of text.matchAll(lineFunction)) {
    const [before = '', after = ''] = text.split(whole)
    if (countOf(text, name) !== 2 || before.endsWith('*/')) continue
    const call = new RegExp(`(?<=${isValue === undefined ? '\\n\\t+' : '(?:[(=]|, |= |return )'})${name}\\(`).exec(
      after,
    )
    const args = call === null ? undefined : argumentsAt(after, call.index + call[0].length)
    if (call === null || args === undefined) continue
    const follows = isValue === undefined ? /^;\n/ : /^[),;]/
    const names = parameters === 'void' ? [] : parameters.split(', ').map((one) => /\w+$/.exec(one)?.[0] ?? '')
    const value = withArguments(body, names, args.words)
    if (value === undefined || !follows.test(after.slice(args.end))) continue
    if (isShadowed(body, names, functionAround(after, call.index))) continue
    return `${before}${after.slice(0, call.index)}${value}${after.slice(args.end)}`
  }
  return text
}

/** The arguments of a call, whose first stands at an index, and the index behind its parenthesis. */
function argumentsAt(text: string, from: number): { readonly words: readonly string[]; readonly end: number } {
  const words = ['']
  let depth = 0
  for (const [part] of text.slice(from).matchAll(new RegExp(`${string}|[\\s\\S]`, 'g'))) {
    from += part.length
    if (depth === 0 && part === ')') break
    if ('([{'.includes(part)) depth += 1
    if (')]}'.includes(part)) depth -= 1
    if (depth === 0 && part === ',') words.push('')
    else words.push(`${words.pop()}${part}`)
  }
  return { words: words.map((word) => word.trim()).filter((word) => word !== ''), end: from }
}

/** A body with arguments for its parameters; undefined if one would be computed twice or not at all. */
function withArguments(body: string, names: readonly string[], args: readonly string[]): string | undefined {
  let text = body
  for (const [at, name] of names.entries()) {
    const arg = args[at]
    const isPlain = arg !== undefined && /^&?[\w.\->[\]]+$/.test(arg)
    if (arg === undefined || (!isPlain && countOf(body, name) !== 1)) return undefined
    const said = isPlain || new RegExp(`[(,] ?${name}[,)]`).test(text) ? arg : `(${arg})`
    text = text.replace(new RegExp(`(${string})|(?<![.\\w]|->)${name}\\b`, 'g'), (found, kept) => (kept ? found : said))
  }
  return text
}

/** Whether a name of a body may mean something else in the function that it would stand in. */
function isShadowed(body: string, parameters: readonly string[], around: string): boolean {
  const names = body.replace(new RegExp(string, 'g'), '').match(/(?<![.\w]|->)[a-z_]\w*/g) ?? []
  const own = names.filter((name) => !parameters.includes(name) && !types.includes(name))
  return own.some((name) => new RegExp(`(?<![.\\w]|->)${name}\\b(?! *\\()`).test(around))
}

const types: readonly string[] = [
  'sizeof',
  'struct',
  'range',
  'uint64_t',
  'uint32_t',
  'uint8_t',
  'int',
  'void',
  'const',
]

/** The text of the function that an index is in. */
function functionAround(text: string, at: number): string {
  const from = text.slice(0, at).lastIndexOf('\n}\n')
  const end = text.indexOf('\n}\n', at)
  return text.slice(from < 0 ? 0 : from + 3, end)
}

/** A value that can be had without an effect. */
const plain = String.raw`[\w.\->[\]]+`

function withoutUnread(text: string): string {
  let left = text
  for (const [line, name = ''] of text.matchAll(/\nstatic [a-z]\w* (\w+)(?: = -?\w+)?;(?: \/\*.*\*\/)?(?=\n)/g)) {
    left = withoutSets(left, line, name, '')
  }
  const [, fields = ''] = /\nstruct device \{\n([\s\S]*?)\n\};/.exec(text) ?? []
  for (const [line, name = ''] of `\n${fields}`.matchAll(/\n\t[\w ]+[ *](\w+);[^\n]*/g)) {
    if (!line.includes(',')) left = withoutSets(left, line, name, String.raw`[\w.\->[\]]*(?:\.|->)`)
  }
  return left
}

/** Some code without a name that is set only, in statements by themselves. */
function withoutSets(text: string, declared: string, name: string, of: string): string {
  const sets = new RegExp(`(?<=[;{}]\\n)\\t+${of}${name} = ${plain};\\n`, 'g')
  const first = new RegExp(`, \\.${name} = -?\\w+(?=[, ])`, 'g')
  const found = (text.match(sets) ?? []).length + (of === '' ? 0 : (text.match(first) ?? []).length)
  const uses =
    of === ''
      ? countOf(text, name)
      : countOf(text.replaceAll(new RegExp(`(?<!\\.|->)\\b${name}\\b`, 'g'), ''), name) + 1
  if (uses !== found + 1) return text
  return text
    .replace(declared, '')
    .replace(sets, '')
    .replace(of === '' ? /(?!)/ : first, '')
}
