import { presets } from '../model/platform.js'

/** `tdx-2021-reading, linux-7.2`, `all presets`, `drain=none: tdx-2021-reading`: those that share a row, in few words. */
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
