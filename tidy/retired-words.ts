/** A word that this project no longer uses, as it stands between word boundaries, and what to write in its place. */
export interface Retired {
  readonly pattern: string
  readonly use: string
}

/** Private words of earlier versions, whose place the field's terms took, and phrases that read as translated. */
export const retired: readonly Retired[] = [
  { pattern: 'whoever|whatever answers', use: 'the subject: the search, the caller, the target' },
  { pattern: 'nobody|somebody|anybody', use: 'the subject: the search, the caller, the target, nothing' },
  { pattern: 'for ever', use: '"never ends" or "forever"' },
  { pattern: 'at the most', use: '"at most"' },
  { pattern: 'goes on|go on|going on|went on', use: '"continues"' },
  { pattern: 'there is none called', use: '"unknown" and the kind of name' },
  { pattern: 'our own bug', use: '"internal error"' },
  { pattern: '(?:held|holds?|holding)(?: \\S+){0,6}? against', use: '"checked against"' },
  { pattern: 'the house|house rules?', use: '"this project", "layout" or "rules"' },
  { pattern: 'yardsticks?', use: '"benchmark model"' },
  { pattern: 'lanes?', use: '"session"' },
  { pattern: 'jaws?', use: '"mutant group"' },
  { pattern: 'bites?|teeth', use: '"mutation testing"; a property kills a mutant' },
  { pattern: 'misfits?', use: '"invalid call"' },
  { pattern: 'rested', use: '"rule evidence" or "rule coverage"' },
  { pattern: 'askable', use: '"capability"' },
  { pattern: 'worlds?', use: '"candidate state"' },
  { pattern: 'complaints?', use: '"schema error"' },
  { pattern: 'patience', use: '"maxRejections", or the limit that is meant' },
  { pattern: 'untold', use: '"unacknowledged"' },
  { pattern: 'glance', use: '"cheap test"' },
  { pattern: 'duty|duties', use: '"fairness class"' },
  { pattern: 'habits?', use: '"plan shape", or the options that are meant' },
  { pattern: 'conversations?', use: '"transcript"' },
  { pattern: 'the judge', use: '"monitor" for properties, "oracle" for replies' },
  { pattern: 'put to the test', use: '"tested"' },
  { pattern: 'rooms|floors', use: '"folders" or "layers"' },
  { pattern: 'tally|tallies', use: '"counts", and of what' },
  { pattern: 'our bugs?|bugs? of ours', use: '"internal error"' },
  { pattern: 'books?(?!-last)', use: '"accounting" (an interface), or "bitmap" (what a VMM notes)' },
  { pattern: 'bench: Simulator', use: '"simulator"' },
]

/** Parts of identifiers, with their capitals: apart, the words are plain English. */
export const retiredNames: readonly Retired[] = [
  { pattern: 'most[A-Z]\\w*', use: 'max…' },
  { pattern: 'usual[A-Z]\\w*', use: 'default…' },
  { pattern: '(?:room|floor)Of', use: 'topFolderOf or layerOf' },
]
