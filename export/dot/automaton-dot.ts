import type { Automaton } from './automaton.js'

/**
 * An automaton in the form that the kernel's `rvgen` reads (Linux 7.2, tools/verification/rvgen/rvgen/automata.py): the
 * first line, a node a line in braces with the initial one marked by `__init_`, then state labels and transitions, one
 * a line, and nothing between them. Names are words of a-z, 0-9 and `_`, since they become names in C.
 */
export function automatonDot({ states }: Automaton): string {
  const name = (state: number) => `s${state}`
  return [
    'digraph state_automaton {',
    `\t{node [shape = plaintext, style=invis, label=""] "__init_${name(0)}"};`,
    `\t{node [shape = ellipse] "${name(0)}"};`,
    ...states.slice(1).map((_, index) => `\t{node [shape = plaintext] "${name(index + 1)}"};`),
    `\t"__init_${name(0)}" -> "${name(0)}";`,
    ...states.flatMap((state, from) => [
      `\t"${name(from)}" [label = "${name(from)}"];`,
      ...[...byTarget(state)].map(
        ([to, events]) => `\t"${name(from)}" -> "${name(to)}" [ label = "${events.join('\\n')}" ];`,
      ),
    ]),
    '\t{ rank = min ;',
    `\t\t"__init_${name(0)}";`,
    `\t\t"${name(0)}";`,
    '\t}',
    '}',
    '',
  ].join('\n')
}

/** Events by where they lead: they share an edge. */
function byTarget(state: ReadonlyMap<string, number>): ReadonlyMap<number, string[]> {
  const targets = new Map<number, string[]>()
  for (const [event, to] of state) targets.set(to, [...(targets.get(to) ?? []), event])
  return targets
}
