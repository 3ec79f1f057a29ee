import { basename } from 'node:path'
import { ok, type Result, refuse } from '../../../../base/result.js'
import type { Sequence } from '../../../protocol/sequence.js'
import { defaultGuest, type LinuxBacking } from '../../../protocol/setting.js'
import type { Transcript } from '../../../protocol/transcript.js'
import { readData } from '../data.js'
import { emulatedIommus, processors } from '../iommus.js'
import { consoleCommand, type LinuxInterface, linuxInterfaces, needsKvm } from '../qemu.js'
import { driverFiles, fragments } from '../recipes.js'
import { programOf } from './program.js'

/** The kernel's driver that an interface reaches devices by. */
export const driverFor = (on: LinuxInterface): string => (on === 'page-table' ? 'dmaproof_pt' : 'vfio-pci')

/** The init of the guest that a reproducer runs in: one file of C. */
export const initOf = (driver: string): string =>
  programOf(['init.c'], `int main(void)\n{\n\trun_test("${driver}");\n}\n`)

/** Whether the guest of a sequence needs KVM. */
export const hasKvm = ({ kvm }: Sequence['setting'], on: LinuxInterface, backing?: LinuxBacking): boolean =>
  kvm === 1 || needsKvm(on, backing)

const file = (path: string, text: string): string => `cat > "${path}" <<'END'\n${text}END\n`

/** Puts our driver into a tree of the kernel: Linux itself has no ioctl for a page table alone. */
function driverText(): string {
  const names = driverFiles.map((path) => basename(path))
  const objects = names.filter((name) => name.endsWith('.c')).map((name) => name.replace(/c$/, 'o'))
  return `
# the driver of /dev/dmaproof_pt, which calls iommu_map() and iommu_unmap(); it is built into the kernel
${driverFiles.map((path, index) => file(`$tree/drivers/iommu/${names[index]}`, readData(path))).join('')}
makefile=$tree/drivers/iommu/Makefile
grep -q ${objects[0]} "$makefile" || echo 'obj-y += ${objects.join(' ')}' >> "$makefile"
`
}

/** What cannot be built is skipped: the status of a tool that failed would be that of a divergence. */
const needsTree = `set -e
trap 'exit 4' EXIT
if ! [ -f "$1/Kbuild" ]; then
	echo "\${1:-nothing}: expected the folder of Linux's source: sh repro.sh LINUX_TREE" >&2
	exit 4
fi
`

/** The status of the program, by what stands on the guest's console. */
const verdict = `trap - EXIT
if grep -q '^not ok 1' "$work/console"; then exit 1; fi
if grep -q '^ok 1' "$work/console" && ! grep -q '# SKIP' "$work/console"; then exit 0; fi
exit 4
`

/**
 * A shell script that builds a kernel for a reproducer, and runs it in a guest.
 *
 * @returns its text; or why the run is not one of a kernel's interfaces
 */
export function reproducerScript({ header, sequence }: Transcript): Result<string> {
  const { setting } = sequence
  const on = linuxInterfaces.find((known) => known === setting.interface)
  if (on === undefined) return refuse(`${setting.interface} is no interface of a kernel`)
  const kvm = hasKvm(setting, on, header.backing)
  const { iommu = defaultGuest.iommu } = header
  const { processor } = emulatedIommus[iommu]
  const { compiler, make, target, image, packages } = processors[processor]
  const kernel = { name: '', version: '', processor, image: 'IMAGE', modules: [] }
  const guest = consoleCommand({ kernel, initrd: 'ARCHIVE', interface: on, iommu, devices: setting.devices, kvm })
    .replace('IMAGE', `"$work/build/${image}"`)
    .replace('ARCHIVE', '"$work/repro.cpio"')
  const inTree = ['make', '-C', '"$tree"', 'O="$work/build"', ...make].join(' ')
  return ok(`#!/bin/sh
# Builds a kernel for repro.c of this folder, and runs it in a guest: sh repro.sh LINUX_TREE
# It needs what a kernel build needs, cpio and ${packages.join(', ')}. What it builds stays in ./repro-work.
# Exit status, as kselftest's: 0 passed · 1 failed, the divergence is there · 4 skipped, or something could not be built
${needsTree}tree=$(realpath "$1") work=$PWD/repro-work
mkdir -p "$work/build" "$work/root"
${on === 'page-table' ? driverText() : ''}
${file('$work/config', fragments[processor].map((name) => readData('config', name)).join(''))}
${inTree} tinyconfig
cat "$work/config" >> "$work/build/.config"
${inTree} olddefconfig
${inTree} -j"$(nproc)" ${target}
${inTree} headers

# the guest's init: it binds the devices, and starts the test with their addresses
${file('$work/init.c', initOf(driverFor(on)))}
${compiler} -static -O2 -o "$work/root/init" "$work/init.c"
${compiler} -static -O2 -isystem "$work/build/usr/include" -o "$work/root/repro" repro.c
(cd "$work/root" && find . | cpio --create --format=newc --quiet --owner=+0:+0) > "$work/repro.cpio"

${guest} | tee "$work/console"
${verdict}`)
}
