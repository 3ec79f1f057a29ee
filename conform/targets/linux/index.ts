import { ok, type Problem, type Result, refuse, within } from '../../../base/result.js'
import { parsePlatform } from '../../../model/machine/platform.js'
import { gmemNoHva612, iommufdMapFileAbsent, iommufdMapFileBacking, type Rule } from '../../../spec/index.js'
import { askUntil, requestsOf } from '../../protocol/sequence.js'
import { defaultGuest, type LinuxGuest, type LinuxIommu } from '../../protocol/setting.js'
import type { OpenTarget } from '../../protocol/target.js'
import type { Transcript } from '../../protocol/transcript.js'
import { type ProcessOptions, processTarget } from '../process.js'
import { cacheFolder, placeOf } from './cache.js'
import type { Shell } from './command.js'
import { initrd } from './initrd.js'
import { emulatedIommus } from './iommus.js'
import { builtKernel, type Kernel } from './kernel.js'
import { type LinuxInterface, linuxInterfaces, qemuCommand } from './qemu.js'
import { isStock, kernelNames, originOf, recipes, stock, stocks, withParts } from './recipes.js'
import { type Reproduced, reproduce } from './repro/reproduce.js'
import { reproducer } from './repro/reproducer.js'
import { driverFor, hasKvm } from './repro/script.js'
import { stockKernel } from './stock.js'

export type { Kernel } from './kernel.js'
export { type LinuxInterface, linuxInterfaces, needsKvm } from './qemu.js'
export { defaultIommuOf, defaultKernels, kernelNames, withParts } from './recipes.js'
export type { Reproduced } from './repro/reproduce.js'
export { reproducer } from './repro/reproducer.js'
export { reproducerScript } from './repro/script.js'
export { type Prepared, type SetupOptions, setup } from './setup.js'

export const setupLog = (): string => placeOf('setup.log')

/** The kernel of that name, if setup has made it. */
export function findKernel(name: string): Kernel | undefined {
  const debian = stocks.find((known) => known.name === name)
  if (debian !== undefined) return stockKernel(debian)
  const recipe = recipes.find((known) => known.name === name)
  return recipe === undefined ? undefined : builtKernel(recipe)
}

/** The model's reading of a kernel on one of QEMU's units. */
export function platformOf(name: string, iommu: LinuxIommu): string {
  const { preset } = originOf(name)
  const { platform, platformOn } = emulatedIommus[iommu]
  return [preset, platform, platformOn?.[preset]].filter((words) => words !== undefined).join(' ')
}

/** Whether a kernel is new enough to map by file, and guest_memfd by its address. */
const mapsFiles = (name: string): boolean => {
  const platform = parsePlatform(platformOf(name, defaultGuest.iommu))
  return platform.ok && platform.value.mapFile
}

/** One line a kernel: which is there, and what makes the others. */
export const linuxKernels = (): readonly string[] => [
  ...kernelNames.map((name) => {
    const kernel = findKernel(name)
    return kernel === undefined ? `${name}: not there; run: ${setupWords(name)}` : `${name}: ${kernel.version}`
  }),
  `in ${cacheFolder()}`,
]

const setupWords = (name: string): string => `dmaproof linux setup --kernel ${name}`

export interface LinuxOptions extends LinuxGuest {
  /** One of `kernelNames`. */
  readonly kernel: string
  readonly interface: LinuxInterface
  readonly devices: number
  readonly kvm: boolean
  /** Seconds without a reply after which it counts as silent; the boot is a part of the first. */
  readonly timeout?: number | undefined
}

/** Longer than a boot on a busy machine. */
const defaultTimeout = 120

/** Why such a unit does not translate for a kernel; undefined if it does. */
function wrongIommu(iommu: LinuxIommu, kernel: string): Problem | undefined {
  const { processor } = emulatedIommus[iommu]
  if (processor !== originOf(kernel).processor) {
    return { message: `found the kernel ${kernel}, expected one for ${processor}` }
  }
  if (iommu === 'amd-vi' && kernel === stock.name) {
    return { message: "Debian's own kernel has no driver for it; add --kernel 6.12" }
  }
  return undefined
}

/** Whether a kernel has what is asked for. */
function checked({ kernel, kvm, interface: on, backing, iommu }: LinuxOptions): Result<void> {
  const isGuestMemfd = backing === 'guest-memfd'
  if (isStock(kernel) && (kvm || isGuestMemfd || !on.startsWith('type1'))) {
    const others = recipes.filter(({ patch }) => patch === undefined).map(({ name }) => `--kernel ${name}`)
    return refuse(`--interface: Debian's own kernel has type1 and type1v2 only; the rest is in ${others.join(', ')}`)
  }
  if (on === 'page-table' && (kvm || isGuestMemfd)) {
    return refuse(
      '--interface page-table: the driver maps pages of the kernel, and there is no guest; leave out --backing',
    )
  }
  const wrong = wrongIommu(iommu, kernel)
  if (wrong !== undefined) return within(`--iommu ${iommu}`, wrong)
  if (isGuestMemfd && originOf(kernel).processor !== 'x86') {
    return refuse(`--backing guest-memfd: the kernel ${kernel} has no KVM, whose memory it is; leave it out`)
  }
  const by = (where: string, rule: Rule) => refuse(`${where}: ${rule.statement}`, { rule })
  const isOld = !mapsFiles(kernel)
  if (on === 'iommufd-file' && isOld) return by(`--interface iommufd-file: not on ${kernel}`, iommufdMapFileAbsent)
  if (isGuestMemfd && isOld) return by(`--backing guest-memfd: not on ${kernel}`, gmemNoHva612)
  if (isGuestMemfd && on === 'iommufd-file') return by('--backing guest-memfd: not by file', iommufdMapFileBacking)
  return ok(undefined)
}

/** The kernel of some options; or which command makes what is missing, or what the kernel does not have. */
function kernelFor(options: LinuxOptions): Result<Kernel> {
  const kernel = findKernel(options.kernel)
  if (kernel === undefined) {
    return refuse(`linux: no kernel "${options.kernel}"; run: ${setupWords(options.kernel)}`)
  }
  const fits = checked(options)
  return fits.ok ? ok(kernel) : fits
}

/** A kernel in QEMU, as a process that speaks the line protocol. */
export async function linuxProcess(shell: Shell, options: LinuxOptions): Promise<Result<ProcessOptions>> {
  const kernel = kernelFor(options)
  if (!kernel.ok) return kernel
  const archive = await initrd(shell, kernel.value)
  if (!archive.ok) return archive
  const machine = { ...options, kernel: kernel.value, initrd: archive.value }
  return ok({ command: qemuCommand(machine), timeout: options.timeout ?? defaultTimeout })
}

/**
 * Runs a saved run's reproducer on a kernel, without this harness.
 *
 * @param diverged as of `reproducer`
 * @throws Error if Linux has no such interface
 */
export async function reproduceOn(
  shell: Shell,
  name: string,
  transcript: Transcript,
  diverged?: Parameters<typeof reproducer>[1],
): Promise<Result<Reproduced>> {
  const { setting } = transcript.sequence
  const program = reproducer(transcript, diverged)
  if (!program.ok) return program
  if (transcript.answers.length < requestsOf(transcript.sequence).length) {
    const { why } = transcript.header
    return refuse(`its last call had no reply (${why}), which no program can tell again`)
  }
  const on = linuxInterfaces.find((known) => known === setting.interface)
  if (on === undefined) throw new Error(`a reproducer on ${setting.interface}`)
  const { backing = defaultGuest.backing, iommu = defaultGuest.iommu } = transcript.header
  const options = {
    kernel: withParts(name, { interface: on, iommu }),
    interface: on,
    devices: setting.devices,
    kvm: hasKvm(setting, on, backing),
    ...{ backing, iommu },
  }
  const kernel = kernelFor(options)
  if (!kernel.ok) return kernel
  const machine = { ...options, kernel: kernel.value }
  return askUntil(
    transcript.sequence,
    () => reproduce(shell, program.value, driverFor(on), machine),
    (done) => !done.ok || done.value.isThere,
  )
}

/** A kernel in QEMU, as a target of the runner. */
export async function linuxTarget(shell: Shell, options: LinuxOptions): Promise<Result<OpenTarget>> {
  const process = await linuxProcess(shell, options)
  return process.ok ? ok(processTarget(process.value)) : process
}
