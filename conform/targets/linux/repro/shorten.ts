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
 * The same program, shorter: a function of one line, or of some lines without a value, that is called once stands where
 * it is called, and a variable or a field of a device that is set and never read is gone.
 *
 * @param program C in the kernel's style, as the agent's files have it
 */
export function shortened(program: string): string {
  let text = program
  for (let before = ''; before !== text; ) {
    before = text
    text = withoutUnread(spread(inlined(text)))
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
    const names = namesOf(parameters)
    const value = withArguments(body, names, args.words)
    if (value === undefined || !follows.test(after.slice(args.end))) continue
    if (isShadowed(body, names, functionAround(after, call.index))) continue
    return `${before}${after.slice(0, call.index)}${value}${after.slice(args.end)}`
  }
  return text
}

/** A function without a value, of some lines, with the comment of one line above it. */
const blockFunction = /\n(\/\*.*\*\/\n)?static void (\w+)\(([^()]*)\)\n\{\n((?:\t.*\n){2,10})\}\n(?=\n)/g

/** Puts such a function, its comment included, where it is called, if that is one statement; not one that prints. */
function spread(text: string): string {
  for (const [whole, comment = '', name = '', parameters = '', body = ''] of text.matchAll(blockFunction)) {
    const [before = '', after = ''] = text.split(whole)
    const call = new RegExp(`(?<=\\n)\\t${name}\\(`).exec(after)
    if (countOf(text, name) !== 2 || call === null || /\breturn\b|printf\(/.test(body)) continue
    const args = argumentsAt(after, call.index + call[0].length)
    const value = withLocals(body, parameters, args.words)
    const around = functionAround(after, call.index)
    if (value === undefined || !after.startsWith(';\n', args.end)) continue
    if (args.words.some((word) => word.includes('"'))) continue
    if (clash(declaredIn(value), around) || isShadowed(body, namesOf(parameters), around)) continue
    const lines = `${comment === '' ? '' : `\t${comment}`}${once(value)}`
    return `${before}${after.slice(0, call.index)}${lines}${after.slice(args.end + 2)}`
  }
  return text
}

const namesOf = (parameters: string): readonly string[] =>
  parameters === 'void' ? [] : parameters.split(', ').map((one) => /\w+$/.exec(one)?.[0] ?? '')

/** A body with its arguments; what is more than a name, and stands more than once, becomes a local. */
function withLocals(body: string, parameters: string, args: readonly string[]): string | undefined {
  const names = namesOf(parameters)
  const isLocal = names.map((name, at) => !isPlain(args[at] ?? '') && countOf(body, name) > 1)
  const words = names.map((name, at) => (isLocal[at] ? name : (args[at] ?? '')))
  const locals = parameters.split(', ').flatMap((one, at) => (isLocal[at] ? [`\t${one} = ${args[at]};\n`] : []))
  const text = withArguments(body, names, words)
  return text === undefined ? undefined : `${locals.join('')}${text}`
}

/** A local, in a line of its own or at the head of a loop. */
const declaration =
  /^(?:\t+|.*\()(?:(?:static|const|long) )*(?:struct )?(?!return\b)\w+ \**([a-z_]\w*(?:, \**\w+)*)(?= = |;|\[)/gm

/** Names of the locals of some code, and of the parameters of the function that it is, if it is one. */
const declaredIn = (code: string): readonly string[] => [
  ...namesOf(/^\w.*\(([^()]*)\)\n\{/m.exec(code)?.[1] ?? 'void'),
  ...[...code.matchAll(declaration)].flatMap(([, names = '']) => names.match(/\w+/g) ?? []),
]

const clash = (names: readonly string[], code: string): boolean =>
  names.some((name) => new RegExp(`(?<![.\\w]|->)${name}\\b`).test(code))

/** A loop of one round is its statement. */
const once = (body: string): string =>
  body.replace(
    /^(\t+)for \(int (\w+) = 0; \2 < 1; \2\+\+\)\n\t+(.*;)\n/gm,
    (_, tabs: string, index: string, made: string) => `${tabs}${made.replaceAll(`[${index}]`, '[0]')}\n`,
  )

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

/** Whether some code changes a variable, or takes its address. */
const isSet = (code: string, name: string): boolean =>
  new RegExp(`(?<![.\\w]|->)${name}(\\+\\+|--| [-+*/|&^]?= )|(\\+\\+|--|(?<!&)&)${name}\\b`).test(code)

/** An argument that can stand more than once. */
const isPlain = (arg: string): boolean => /^&?[\w.\->[\]]+$/.test(arg)

/** A body with arguments for its parameters; undefined if one would be computed twice or not at all. */
function withArguments(body: string, names: readonly string[], args: readonly string[]): string | undefined {
  let text = body
  for (const [at, name] of names.entries()) {
    const arg = args[at]
    if (arg === undefined || isSet(body, name) || (!isPlain(arg) && countOf(body, name) !== 1)) return undefined
    const said = isPlain(arg) || new RegExp(`[(,] ?${name}[,)]|= ${name};`).test(text) ? arg : `(${arg})`
    if (arg.startsWith('&')) text = text.replaceAll(new RegExp(`\\b${name}->`, 'g'), `${arg.slice(1)}.`)
    text = text.replace(new RegExp(`(${string})|(?<![.\\w]|->)${name}\\b`, 'g'), (found, kept) => (kept ? found : said))
  }
  return text
}

/** Whether a name of a body, parameters aside, means something else in the function that it would stand in. */
const isShadowed = (body: string, parameters: readonly string[], around: string): boolean =>
  clash(
    declaredIn(around).filter((name) => !parameters.includes(name)),
    body,
  )

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
