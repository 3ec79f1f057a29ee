import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readData } from '../data.js'

/**
 * Writes into a folder what a reproducer needs of the kernel's headers, as far as those of Debian 12 lack it. Elsewhere
 * a program is compiled with the headers of a kernel tree.
 *
 * @returns words for the compiler, which make it look there first
 */
export function writeHeaders(folder: string): readonly string[] {
  const include = join(folder, 'include')
  mkdirSync(join(include, 'linux'), { recursive: true })
  const own = '#include <linux/dmaproof.h>\n'
  writeFileSync(join(include, 'linux', 'dmaproof.h'), readData('agent', 'uapi.h'))
  writeFileSync(join(include, 'linux', 'iommufd.h'), own)
  for (const name of ['vfio.h', 'kvm.h']) {
    writeFileSync(join(include, 'linux', name), `#include_next <linux/${name}>\n${own}`)
  }
  return ['-isystem', include]
}
