import { configName, type NamedTarget, readTargets } from '../conform/config.js'
import type { LinuxBacking } from '../conform/linux/index.js'
import { processTarget } from '../conform/process.js'
import type { InterfaceName } from '../conform/protocol.js'
import type { BesideName } from '../conform/run.js'
import type { OpenTarget } from '../conform/target.js'
import type { Checked } from '../model/checked.js'
import { findLinux } from './linux-target.js'
import { unknownName } from './nearest.js'

/** A target that can be opened, and what its configuration says of it. */
export interface FoundTarget {
  readonly open: OpenTarget
  readonly named: Partial<NamedTarget>
  /** What its shared pages are, of the target `linux`. */
  readonly backing?: LinuxBacking
}

const usualTimeout = 10

/** What is wanted of a target before it starts. */
export interface Wanted {
  readonly interface?: InterfaceName | 'kvm' | undefined
  /** What the interface `kvm` stands beside. */
  readonly beside?: BesideName | undefined
  /** Attributes beside the interface. */
  readonly kvm?: boolean
  readonly timeout?: number | undefined
  /** What its shared pages are, of the target `linux`. */
  readonly backing?: LinuxBacking | undefined
  /** Devices, of the target `linux`. */
  readonly devices?: number
  /** Of the target `linux`. */
  readonly kernel?: string | undefined
}

/**
 * Finds a target by its name in the configuration, or a Linux kernel, else takes the word as a command line. A word
 * without a blank and without a slash is a name.
 */
export async function findTarget(word: string, wanted: Wanted = {}): Promise<Checked<FoundTarget>> {
  const { timeout } = wanted
  const targets = readTargets()
  if (!targets.ok) return targets
  if (!Object.hasOwn(targets.value, word)) {
    const linux = await findLinux(word, wanted)
    if (linux !== undefined) return linux
  }
  const named = Object.hasOwn(targets.value, word) ? targets.value[word] : undefined
  if (named === undefined && !/[\s/]/.test(word)) {
    const names = Object.keys(targets.value)
    const message =
      names.length > 0
        ? unknownName(configName, word, names)
        : `there is no ${configName} that names a target "${word}"`
    return { ok: false, message: `${message}; a command line has a blank or a slash in it: ./${word}` }
  }
  const options = { command: named?.command ?? word, timeout: timeout ?? named?.timeout ?? usualTimeout }
  return { ok: true, value: { open: processTarget(options), named: named ?? {} } }
}
