import { print } from '../../model/machine/action.js'
import { quotedLabel } from './quoted.js'
import type { StateGraph } from './state-graph.js'

/** States of a graph that can still be read. */
export const readableStates = 200

/** A state graph for Graphviz: a node a state, an edge a step, and in red what violates a property. */
export function graphDot(name: string, { states, edges }: StateGraph): string {
  const ends = new Map(edges.flatMap(({ to, broken }) => (broken === undefined ? [] : [[to, broken] as const])))
  const nodes = Array.from({ length: states }, (_, state) => {
    const broken = ends.get(state)
    const look = broken === undefined ? '' : ` [label=${quotedLabel(`${state}\n${broken}`)}, color=red, fontcolor=red]`
    return `  ${state}${look};`
  })
  return [
    `digraph ${quotedLabel(name)} {`,
    '  node [shape=box, style=rounded, fontsize=10];',
    '  edge [fontsize=9];',
    '  0 [penwidth=2];',
    ...nodes,
    ...edges.map(({ from, to, action, broken }) => {
      const red = broken === undefined ? '' : ', color=red, fontcolor=red'
      return `  ${from} -> ${to} [label=${quotedLabel(print(action))}${red}];`
    }),
    '}',
    '',
  ].join('\n')
}
