import { outcomeRules } from '../../conform/oracle/explain.js'
import { drivers } from '../../conform/oracle/machine.js'
import type { ContainerName } from '../../conform/protocol/messages.js'

const calls = ['map', 'unmap'] as const
const interfaces = Object.keys(drivers) as ContainerName[]

/** The ways in which a call fails, as rows of a table, in the order in which the oracle asks. */
function failuresOf(call: (typeof calls)[number], on: ContainerName): string {
  const rows = outcomeRules({ call }, on).map(({ errno, rule }) => `| ${errno} | ${rule.statement} [\`${rule.id}\`] |`)
  return [...new Set(rows)].join('\n')
}

/** How `map` and `unmap` fail on each interface: a page of Markdown. Interfaces that fail alike share a table. */
export function errorsPage(): string {
  const tables = new Map<string, string[]>()
  for (const call of calls) {
    for (const on of interfaces) {
      const rows = failuresOf(call, on)
      const key = `\`${call}\`\n${rows}`
      tables.set(key, [...(tables.get(key) ?? []), on])
    }
  }
  const sections = [...tables].map(([key, names]) => {
    const [call = '', ...rows] = key.split('\n')
    return [`## ${call} on ${names.join(', ')}`, '', '| outcome | when |', '| --- | --- |', ...rows].join('\n')
  })
  return `${[...head, ...sections].join('\n\n')}\n`
}

const head = [
  '# How map and unmap fail, by interface',
  [
    'Generated from the rows of the model (`DMAPROOF_UPDATE=1 npx vitest run report/page`). The checks are made in',
    'this order: of two that do not hold, the first decides. A rule of one Linux version holds on the platforms of',
    'that version; one of in-place memory, or of invalidations that fail, only where the machine has these.',
    '[protocol.md](protocol.md) has the calls.',
  ].join('\n'),
]
