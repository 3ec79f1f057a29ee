import type { InterfaceName } from '../../conform/protocol/messages.js'
import type { BesideName, LinuxGuest } from '../../conform/protocol/setting.js'
import type { OpenTarget } from '../../conform/protocol/target.js'
import type { NamedTarget } from '../config/config.js'

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
export interface WantedTarget extends LinuxGuestWords {
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
