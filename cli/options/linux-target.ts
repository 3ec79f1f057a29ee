import { Option } from 'commander'
import { ok, type Result, refuse } from '../../base/result.js'
import { isFirmware } from '../../conform/protocol/messages.js'
import { defaultGuest, linuxBackings, linuxIommus } from '../../conform/protocol/setting.js'
import {
  defaultIommuOf,
  kernelNames,
  linuxInterfaces,
  linuxTarget,
  needsKvm,
  platformOf,
  setupLog,
  withParts,
} from '../../conform/targets/linux/index.js'
import type { FoundTarget, WantedTarget } from './found-target.js'
import { unknownName } from './suggest.js'

/** The option `--backing` of commands that accept the target `linux`. */
export const backingOption = (usual: string = defaultGuest.backing): Option =>
  new Option('--backing <what>', `for the target linux, what the shared pages are (default: ${usual})`).choices(
    linuxBackings,
  )

export const iommuOption = (usual = 'vt-d, or smmuv3 on arm64'): Option =>
  new Option('--iommu <name>', `for the target linux, what translates DMA (default: ${usual})`).choices(linuxIommus)

/** As many as random sequences use. */
const defaultDevices = 2

/** The kernel that `linux-7.2` names, or `linux` with or without a name beside it. */
export const namedKernel = (word: string, beside = 'stock'): string => /^linux-(.+)$/.exec(word)?.[1] ?? beside

/** Whether a word is `linux`, or `linux-7.2` for a kernel of that name: a command line has a blank or a slash in it. */
export const isLinux = (word: string): boolean => /^linux(-[^\s/]+)?$/.test(word)

/** The kernel that such a word names, as a target. */
export async function findLinux(word: string, wanted: WantedTarget): Promise<Result<FoundTarget>> {
  const {
    interface: asked,
    beside = 'iommufd',
    kvm = asked === 'kvm',
    devices = defaultDevices,
    backing = defaultGuest.backing,
    iommu = defaultIommuOf(namedKernel(word, wanted.kernel)),
    timeout,
  } = wanted
  if (asked === undefined || isFirmware(asked)) {
    return refuse(`--interface: found ${asked ?? 'none'}, expected one of ${linuxInterfaces.join(', ')}, kvm`)
  }
  const on = asked === 'kvm' ? beside : asked
  const kernel = withParts(namedKernel(word, wanted.kernel), { interface: on, iommu })
  if (!kernelNames.includes(kernel)) return refuse(unknownName('--kernel', kernel, kernelNames))
  const shell = { say: () => undefined, log: setupLog(), signal: new AbortController().signal }
  const isVirtual = kvm || needsKvm(on, backing)
  const guest = { backing, iommu }
  const options = { kernel, interface: on, devices, kvm: isVirtual, ...guest, timeout }
  const target = await linuxTarget(shell, options)
  if (!target.ok) return target
  return ok({ open: target.value, word: `linux-${kernel}`, named: { platform: platformOf(kernel, iommu) }, guest })
}
