import { type ContainerName, containerNames } from '../../protocol/interfaces.js'
import type { LinuxBacking, LinuxGuest } from '../../protocol/setting.js'
import { emulatedIommus, processors } from './iommus.js'
import type { Kernel } from './kernel.js'

/** The interfaces of the container that a guest may be asked for. */
export const linuxInterfaces = containerNames
export type LinuxInterface = ContainerName

export interface QemuMachine extends LinuxGuest {
  readonly kernel: Kernel
  /** Path of the archive with the agent. */
  readonly initrd: string
  readonly interface: LinuxInterface
  /** `edu` devices. */
  readonly devices: number
  /** Offer virtualisation to the guest's own KVM. */
  readonly kvm: boolean
}

/** Whether a guest needs KVM: guest_memfd is KVM's. */
export const needsKvm = (on: LinuxInterface, backing?: LinuxBacking): boolean =>
  on === 'iommufd-file' || backing === 'guest-memfd'

const kernelWords = 'quiet loglevel=1 panic=-1 intel_iommu=on iommu.strict=1 page_poison=1'

/** The kernel's command line, without the agent's words. */
function commandLine({ iommu, interface: on }: PlainMachine): string {
  const { tableWords } = emulatedIommus[iommu]
  return on === 'page-table' && tableWords !== undefined ? `${kernelWords} ${tableWords}` : kernelWords
}

/** What a guest needs in which no agent runs. */
export type PlainMachine = Pick<QemuMachine, 'kernel' | 'initrd' | 'interface' | 'iommu' | 'devices' | 'kvm'>

/**
 * QEMU's words for a guest with its console on stderr. Everything is emulated by one thread, and time is counted in
 * instructions: an `edu` device waits 100 ms before each DMA, and they pass at once when the guest sleeps. Interrupt
 * remapping is on, without which VFIO refuses.
 */
function plainWords(plain: PlainMachine, agentWords = ''): readonly string[] {
  const { kernel, initrd, iommu, kvm, devices } = plain
  const { processor, machine } = emulatedIommus[iommu]
  const { qemu, console } = processors[processor]
  return [
    ...[qemu, '-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...['-accel', 'tcg,thread=single', '-icount', 'shift=2,sleep=off'],
    ...machine,
    ...(processor === 'x86' ? ['-cpu', kvm ? 'max,+svm,+npt' : 'max'] : []),
    ...['-m', '512M'],
    ...['-kernel', kernel.image, '-initrd', initrd],
    ...['-append', `console=${console} ${commandLine(plain)}${agentWords}`],
    ...['-serial', 'file:/dev/stderr'],
    ...Array.from({ length: devices }, () => ['-device', 'edu,dma_mask=0xffffffffffffffff']).flat(),
  ]
}

/** The same for a guest that speaks the line protocol on stdin and stdout. */
export function qemuWords(machine: QemuMachine): readonly string[] {
  return [
    ...plainWords(machine, ` dmaproof.interface=${machine.interface} dmaproof.backing=${machine.backing}`),
    ...['-chardev', 'stdio,id=agent,signal=off'],
    ...['-device', 'virtio-serial-pci,max_ports=2', '-device', 'virtserialport,chardev=agent,nr=1'],
  ]
}

const quoted = (word: string): string => (/^[\w./:=,+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)

const inShell = (words: readonly string[]): string => words.map(quoted).join(' ')

/**
 * The same as a command line for the shell. QEMU opens its stderr by name, which takes a pipe and not the socket that a
 * parent may have given it.
 */
export const qemuCommand = (machine: QemuMachine): string =>
  `{ ${inShell(qemuWords(machine))} 2>&1 >&3 | cat >&2; } 3>&1`

/**
 * The same for a guest that is not spoken to: its console is the command's output. QEMU makes its standard input and
 * output non-blocking, so it gets none that another process writes to.
 */
export const consoleCommand = (machine: PlainMachine): string =>
  `${inShell(plainWords(machine))} 2>&1 >/dev/null </dev/null | cat`
