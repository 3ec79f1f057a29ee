import type { Result } from '../../base/result.js'
import { settingText } from '../../report/text/divergence.js'
import { changing, draw, type PictureLine, withActors } from '../svg.js'
import { allowedTexts, type CheckedTranscript, exchanged } from './checked.js'

/**
 * A picture of a transcript: a line a call with its reply, and a column for each cell that changes in the page map of
 * the model, in which every reply but the last is right. An implementation replies, and does not tell its tables.
 */
export function svgOfTranscript(checked: CheckedTranscript): Result<string> {
  const { header, found, folded } = checked
  const { setting, calls } = found?.sequence ?? checked.sequence
  const own = exchanged(checked).slice(-calls.length - 1)
  const texts = withActors(
    own.map(({ request: { actor, text }, reply }) => ({ actor, text: reply === '' ? text : `${text} → ${reply}` })),
  )
  const checkedAgainst = `checked against ${header.platforms.join(' or ')}`
  const verdict = found === undefined ? 'the model allows every reply' : 'the model does not allow the last reply'
  return draw({
    head: `${header.target} on ${header.interface} ${settingText(setting)}, ${checkedAgainst}; cells are of the model`,
    title: `${header.target}: ${verdict}`,
    lines: texts.map((text, at): PictureLine => ({ text, ...(own[at]?.isWrong === true ? { look: 'bad' } : {}) })),
    columns: folded === undefined ? [] : changing(folded),
    ends: found === undefined ? [] : [verdict, ...allowedTexts(checked)],
  })
}
