/** Steps between two words: letters put in, left out, changed, or two neighbours swapped. */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, at) => at)]
  const at = (i: number, j: number) => rows[i]?.[j] ?? Number.POSITIVE_INFINITY
  for (let i = 1; i <= a.length; i += 1) {
    const row: number[] = [i]
    rows.push(row)
    for (let j = 1; j <= b.length; j += 1) {
      const isSame = a[i - 1] === b[j - 1]
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row.push(
        Math.min(
          at(i - 1, j) + 1,
          at(i, j - 1) + 1,
          at(i - 1, j - 1) + (isSame ? 0 : 1),
          isSwap ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      )
    }
  }
  return at(a.length, b.length)
}

/** Names that the user may have meant: those that hold the word, and those a few letters away; at most three. */
export function suggestions(word: string, names: readonly string[]): string[] {
  const far = Math.max(2, Math.floor(word.length / 3))
  return names
    .map((name) => {
      const isPartOf = word.length >= 3 && name.toLowerCase().includes(word.toLowerCase())
      return { name, steps: isPartOf ? 1 : distance(word.toLowerCase(), name.toLowerCase()) }
    })
    .filter(({ steps }) => steps <= far)
    .sort((a, b) => a.steps - b.steps)
    .slice(0, 3)
    .map(({ name }) => name)
}
