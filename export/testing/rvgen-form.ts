/** An automaton as rvgen has it. */
export interface RvAutomaton {
  readonly initial: string
  readonly states: readonly string[]
  readonly events: readonly string[]
  /** `state event` to the next state. */
  readonly next: ReadonlyMap<string, string>
}

/**
 * For tests: reads what the kernel's rvgen demands of a file, where rvgen itself is not there. The facts are those of
 * Linux 7.2.13, tools/verification/rvgen/rvgen/automata.py, class Automata: it reads line by line, and by blanks.
 *
 * @throws where rvgen refuses the file, or would leave a part of it out
 */
export function rvgenForm(text: string): RvAutomaton {
  const lines = text.split('\n').map((line) => line.trim())
  // __open_dot
  if (!/^digraph state_automaton\b/.test(lines[0] ?? '')) throw new Error('the first line is not that of an automaton')
  // __get_state_variables: nodes are one block, the last word of a line is the name
  const first = lines.findIndex((line) => line.startsWith('{node '))
  const end = lines.findIndex((line, at) => at > first && !line.startsWith('{node '))
  const names = lines
    .slice(first, end)
    .map((line) => /"(\w+)"};$/.exec(line)?.[1] ?? fail('a node without a name', line))
  const initial =
    names.find((name) => name.startsWith('__init_'))?.slice('__init_'.length) ?? fail('no initial state', '')
  const states = names.filter((name) => !name.startsWith('__init_'))
  if (!states.includes(initial)) fail('the initial state is no state', initial)
  // __get_cursor_begin_events: the line behind the nodes leads to the initial state
  if (lines[end] !== `"__init_${initial}" -> "${initial}";`) fail('no way to the initial state', lines[end] ?? '')
  const next = new Map<string, string>()
  // __create_matrix: labels and transitions are one block of lines that begin with a quote
  const last = lines.findIndex((line, at) => at > end && !line.startsWith('"'))
  for (const line of lines.slice(end + 1, last)) readLine(line, states, next)
  if (lines.slice(last).some((line) => line.includes('->'))) fail('a transition behind the block', '')
  const events = [...new Set([...next.keys()].map((key) => key.split(' ')[1] ?? ''))].sort()
  return { initial, states, events, next }
}

function readLine(line: string, states: readonly string[], next: Map<string, string>): void {
  if (/^"(\w+)" \[label = "\1"\];$/.test(line)) return
  const [, from = '', to = '', label = ''] =
    /^"(\w+)" -> "(\w+)" \[ label = "([^"]+)" \];$/.exec(line) ?? fail('neither label nor transition', line)
  if (!states.includes(from) || !states.includes(to)) fail('a state without a node', line)
  for (const event of label.split('\\n')) {
    // the name becomes a name in C; a `;` would begin a constraint of a hybrid automaton
    if (!/^[a-z]\w*$/.test(event)) fail('no name in C', event)
    if (next.has(`${from} ${event}`)) fail('not deterministic', line)
    next.set(`${from} ${event}`, to)
  }
}

function fail(message: string, where: string): never {
  throw new Error(`${message}: ${where}`)
}
