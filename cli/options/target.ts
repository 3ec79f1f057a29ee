import { ok, type Result, refuse } from '../../base/result.js'
import { defaultTimeout } from '../../conform/protocol/target.js'
import { processTarget } from '../../conform/targets/process.js'
import { configNames, type NamedTarget, readConfig } from '../config/config.js'
import type { FoundTarget, WantedTarget } from './found-target.js'
import { findLinux, isLinux } from './linux-target.js'
import { unknownName } from './suggest.js'

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
export async function findTarget(word: string, wanted: WantedTarget = {}): Promise<Result<FoundTarget>> {
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
