const isModule = (word: string): boolean => /\.[cm]?[jt]s$/.test(word)

/** `--designs a.ts b.ts` as `--designs a.ts --designs b.ts`: a shell writes it so for `--designs *.ts`. */
export function withEachModule(words: readonly string[]): string[] {
  const all: string[] = []
  let isListed = false
  for (const [index, word] of words.entries()) {
    const isFirst = words[index - 1] === '--designs'
    if (isListed && !isFirst && isModule(word)) all.push('--designs')
    isListed = isFirst || (isListed && isModule(word))
    all.push(word)
  }
  return all
}
