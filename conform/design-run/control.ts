import { type Answer, type Call, isRace, type RaceCall } from '../protocol/messages.js'
import type { Sequence } from '../protocol/sequence.js'
import type { CallPurpose, Script } from './script.js'

/**
 * The control: the same boot, and the same DMA in the same order, with no conversion. Only what was shared from the
 * boot on is tried.
 */
export function withoutConversions(script: Script): Script {
  const requests: (Call | RaceCall)[] = []
  const marks: CallPurpose[] = []
  for (const [index, request] of script.requests.entries()) {
    const mark = script.marks[index]
    if (mark === undefined || !isKept(script, mark, index)) continue
    requests.push(request.call === 'dma-begin' ? { ...request, ahead: 1 } : request)
    marks.push(mark.what === 'dma' ? { ...mark, expects: 'shared', isHole: false } : mark)
  }
  return { ...script, from: `control of ${script.from}`, requests, marks, conversions: [] }
}

function isKept({ marks, isSharedAtBoot }: Script, mark: CallPurpose, index: number): boolean {
  const shared = (page: number): boolean => isSharedAtBoot[page] === true
  switch (mark.what) {
    case 'boot':
      return true
    case 'begin':
      return mark.pages.some(shared)
    case 'dma':
    case 'arm':
    case 'raced':
      return shared(mark.page)
    case 'shown': {
      const dma = marks[index - 1]
      return dma?.what === 'dma' && shared(dma.page)
    }
    default:
      return false
  }
}

/** The part of a script and its replies that the model predicts: all but races, whose moment is not specified. */
export function withoutRaces(
  { from, setting, requests }: Script,
  answers: readonly Answer[],
): { readonly sequence: Sequence; readonly answers: readonly Answer[] } {
  const calls: Call[] = []
  const kept: Answer[] = answers.slice(0, 1)
  for (const [index, request] of requests.entries()) {
    const answer = answers[index + 1]
    if (isRace(request)) continue
    calls.push(request)
    if (answer !== undefined) kept.push(answer)
  }
  return { sequence: { from, setting, calls }, answers: kept }
}
