import { ok, type Result, refuse } from '../../base/result.js'
import type { InterfaceName } from '../../conform/protocol/messages.js'
import type { BesideName, LinuxGuest } from '../../conform/protocol/setting.js'
import { defaultTimeout, type OpenTarget } from '../../conform/protocol/target.js'
import { processTarget } from '../../conform/targets/process.js'
import { configNames, type NamedTarget, readConfig } from '../config/config.js'
import { findLinux, isLinux } from './linux-target.js'
import { unknownName } from './suggest.js'

/** A target that can be opened, and what its configuration says of it. */
export interface FoundTarget {
  readonly open: OpenTarget
  /** What a command line calls it: for a kernel, its own name. */
  readonly word: string
  readonly named: Partial<NamedTarget>
  /** Of the target `linux`. */
  readonly guest?: LinuxGuest
}

/** What is asked of the guest of the target `linux`. */
export type LinuxGuestWords = { readonly [Name in keyof LinuxGuest]?: LinuxGuest[Name] | undefined }

/** What is wanted of a target before it starts. */
export interface Wanted extends LinuxGuestWords {
  readonly interface?: InterfaceName | 'kvm' | undefined
  /** What the interface `kvm` stands beside. */
  readonly beside?: BesideName | undefined
  /** Attributes beside the interface. */
  readonly kvm?: boolean
  readonly timeout?: number | undefined
  /** Devices, of the target `linux`. */
  readonly devices?: number
  /** Of the target `linux`. */
  readonly kernel?: string | undefined
}

/** What a word stands for, before anything of it is started. */
export interface Meant {
  readonly word: string
  readonly kind: 'named' | 'linux' | 'command'
  /** What the configuration says of it. */
  readonly named: Partial<NamedTarget>
}

/** A name in the configuration outranks Linux, and both a command line. */
export async function meantBy(word: string): Promise<Result<Meant>> {
  const config = await readConfig()
  if (!config.ok) return config
  const { targets = {} } = config.value
  const named = Object.hasOwn(targets, word) ? targets[word] : undefined
  const kind = named !== undefined ? 'named' : isLinux(word) ? 'linux' : 'command'
  return ok({ word, kind, named: named ?? {} })
}

/**
 * Finds a target by its name in the configuration, or a Linux kernel, else takes the word as a command line. A word
 * without a blank and without a slash is a name.
 */
export async function findTarget(word: string, wanted: Wanted = {}): Promise<Result<FoundTarget>> {
  const meant = await meantBy(word)
  if (!meant.ok) return meant
  const { kind, named } = meant.value
  if (kind === 'linux') return findLinux(word, wanted)
  if (kind === 'command' && !/[\s/]/.test(word)) return refuse(await unnamed(word))
  const options = { command: named.command ?? word, timeout: wanted.timeout ?? named.timeout ?? defaultTimeout }
  return ok({ open: processTarget(options), word, named })
}

async function unnamed(word: string): Promise<string> {
  const config = await readConfig()
  const { path = '', targets = {} } = config.ok ? config.value : {}
  const names = Object.keys(targets)
  const message =
    names.length > 0 ? unknownName(path, word, names) : `there is no ${configNames[0]} that names a target "${word}"`
  return `${message}; a command line has a blank or a slash in it: ./${word}`
}
