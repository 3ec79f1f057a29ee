import { mailWidth } from './wrap.js'

/** What continues a line stands this much deeper. */
const hanging = 4
/** Machines read these lines: one of a saved trace, herd's answer, and a cell of a plan behind its key. */
const isWhole = (line: string): boolean => /^(\{|Observation |\S+\t)/.test(line)
/** A command is continued as a shell takes it. */
const isCommand = (line: string): boolean => /(^ *|: )(npx )?dmaproof \w/.test(line)
/** What a help says of a command, behind it. */
const beside = /(?<=\S) {3,}(?=[^\s'-])/

/** Breaks lines that are too long for a mail at blanks, and keeps all other blanks. A long word stays whole. */
export function foldText(text: string): string {
  return text
    .split('\n')
    .flatMap((line) => (line.length <= mailWidth || isWhole(line) ? [line] : foldLine(line)))
    .join('\n')
}

function foldLine(line: string): string[] {
  const indent = ' '.repeat(line.search(/\S|$/) + hanging)
  if (isCommand(line)) {
    const [command = '', said] = line.split(beside)
    return said === undefined ? foldCommand(line, indent) : [...foldLine(command), ...fitted(indent + said)]
  }
  const lines: string[] = []
  let rest = placed(line.slice(0, line.search(/\S|$/)), line.trimStart())
  while (rest.length > mailWidth) {
    const from = rest.search(/\S|$/)
    const last = rest.lastIndexOf(' ', mailWidth)
    const at = last > from ? last : rest.indexOf(' ', from)
    if (at < 0) break
    lines.push(rest.slice(0, at).trimEnd())
    rest = placed(indent, rest.slice(at).trimStart())
  }
  return [...lines, rest]
}

const fitted = (line: string): string[] => (line.length <= mailWidth ? [line] : foldLine(line))

/** Less deep, where the first word would not fit otherwise. */
function placed(indent: string, text: string): string {
  const room = mailWidth - text.search(/\s|$/)
  return (room < hanging ? indent : indent.slice(0, room)) + text
}

/** Breaks between words as a shell takes them: a blank in quotes is none between words. */
function foldCommand(line: string, indent: string): string[] {
  const joint = ' \\'
  const [first = '', ...words] = line.match(/\s*(?:'[^']*'|\\'|[^\s'])+/g) ?? []
  const lines: string[] = []
  let current = first
  for (const word of words) {
    if (current.length + word.length + joint.length <= mailWidth) current += word
    else {
      lines.push(current + joint)
      current = indent + word.trimStart()
    }
  }
  return [...lines, current]
}
