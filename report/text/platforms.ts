import { presets } from '../../model/machine/platform.js'

/** Platforms that share a row, in few words: `tdx-2021-reading, linux-7.2; drain=none: all presets`. */
export function platformsInWords(platforms: readonly string[]): string {
  const byChange = new Map<string, string[]>()
  for (const platform of platforms) {
    const [preset = '', ...changes] = platform.split(' ')
    const change = changes.join(' ')
    byChange.set(change, [...(byChange.get(change) ?? []), preset])
  }
  return [...byChange]
    .map(([change, names]) => (change === '' ? presetsInWords(names) : `${change}: ${presetsInWords(names)}`))
    .join('; ')
}

const presetsInWords = (names: readonly string[]): string =>
  Object.keys(presets).every((name) => names.includes(name)) ? 'all presets' : names.join(', ')
