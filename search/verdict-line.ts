import { type Reason, reasons } from './reasons.js'
import type { Verdict } from './verdict.js'

/** What names the machine of a verdict, in one line. */
export function machineOf(verdict: Verdict): string {
  const design = verdict.variant === '' ? verdict.design : `${verdict.design}/${verdict.variant}`
  const words = [design, verdict.driver, verdict.backing, verdict.platform]
  if (verdict.lock === 'none') words.push('lock=none')
  if (verdict.guest === 'arbitrary') words.push('guest=arbitrary')
  return [...words, `(${[verdict.scope, ...verdict.parts].join(', ')})`].join(' ')
}

/** The verdicts of one machine as a line of the pinned file. */
export function verdictLine(verdicts: readonly Verdict[]): string {
  const [first] = verdicts
  const of = (name: Verdict['verdict']) => verdicts.filter((v) => v.verdict === name).map((v) => v.property)
  const parts = [
    ['violated', of('violated')],
    ['none-found', of('none-found')],
    ['vacuous', of('vacuous')],
    ['not-applicable', of('not-applicable')],
  ] as const
  const said = parts.filter(([, names]) => names.length > 0).map(([name, names]) => `${name} ${names.join(' ')}`)
  return `${machineOf(first)}: ${said.join('; ')}`
}

/** The reason for a violated verdict, from the reviewed list. */
export function reasonFor(verdict: Verdict): Reason | undefined {
  const design = verdict.variant === '' ? verdict.design : `${verdict.design}/${verdict.variant}`
  const machine = machineOf(verdict)
  return reasons.find(
    (reason) =>
      reason.property === verdict.property &&
      (reason.designs.includes('*') || reason.designs.includes(design)) &&
      (reason.backing === undefined || reason.backing === verdict.backing) &&
      (reason.where === undefined || machine.includes(reason.where)),
  )
}
