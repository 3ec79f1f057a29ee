import type { Machine } from '../../model/machine/machine.js'
import type { RecordedState } from '../../search/recorded-state.js'

/** A guest up to this size boots in less than half a second. */
const maxBootedPages = 1 << 20

/**
 * The recorded beginning of a large guest, where it says all that a boot would leave behind: no plan runs, whose
 * registers are not recorded, and no map was refused for want of an entry, since entries are left. A design of one's
 * own may give entries back as it boots.
 *
 * @returns undefined if the guest is to boot
 */
export function beginningOf(
  machine: { readonly pages: number; readonly scope: Pick<Machine['scope'], 'entryLimit'> },
  isOwn: boolean,
  initial: RecordedState | undefined,
): RecordedState | undefined {
  if (initial === undefined || machine.pages <= maxBootedPages || isOwn) return undefined
  const [[, used = 0] = []] = initial.entriesUsed?.runs ?? []
  const isIdle = initial.phase?.runs.length === 0
  return isIdle && used < machine.scope.entryLimit ? initial : undefined
}
