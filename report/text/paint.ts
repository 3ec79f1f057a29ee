import pc from 'picocolors'
import type { VerdictName } from '../../search/verdict.js'

/** Colours, or none: what they say is also there in words or signs. */
export interface Paint {
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly verdict: (name: VerdictName, text: string) => string
}

/** Paints with the colours of a terminal, or leaves texts as they are. */
export function makePaint(enabled: boolean): Paint {
  const { bold, dim, red, green, yellow } = pc.createColors(enabled)
  const byVerdict = {
    violated: red,
    held: green,
    'none-found': green,
    inconclusive: yellow,
    vacuous: yellow,
    'not-applicable': dim,
  }
  return { bold, dim, verdict: (name, text) => byVerdict[name](text) }
}
