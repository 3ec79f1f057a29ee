import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { ok, type Result, refuse } from '../../../base/result.js'
import { finish, folder, isThere, placeOf, readRecord, unfinished } from './cache.js'
import { command, type Shell } from './command.js'
import { type DebianArchive, download, newestVersion, ownSuites, packageNames } from './debian.js'
import type { Kernel } from './kernel.js'
import { type Stock, stocks } from './recipes.js'

/** In the order in which they must load. */
const wantedModules = ['irqbypass', 'vfio', 'vfio_iommu_type1', 'vfio-pci-core', 'vfio-pci'] as const

const recordPath = ({ name }: Stock): string => placeOf('kernels', `${name}.json`)
const recordSchema = z.strictObject({ version: z.string(), folder: z.string() })

/** A stock kernel, if it was fetched. */
export function stockKernel(debian: Stock): Kernel | undefined {
  const found = readRecord(recordPath(debian), recordSchema)
  if (found === undefined || !isThere(found.folder)) return undefined
  const { version, folder: there } = found
  const modules = wantedModules.map((name) => join(there, `${name}.ko`)).filter(isThere)
  const { name, processor } = debian
  return { name, version, processor, image: join(there, 'vmlinuz'), modules }
}

/** The fetched Debian kernel of that name; undefined if it is unknown or not there. */
export function stockNamed(name: string): Kernel | undefined {
  const debian = stocks.find((known) => known.name === name)
  return debian && stockKernel(debian)
}

/** Fetches Debian's own kernel image and takes out of it what boots: nothing of it is installed. */
export async function fetchStock(shell: Shell, debian: Stock): Promise<Result<string>> {
  const archive = debian.processor === 'x86' ? ok<DebianArchive>({}) : await ownSuites(shell, debian.processor)
  if (!archive.ok) return archive
  const found = await packageNames(shell, archive.value, 'linux-image-6.12')
  const names = found.filter((name) => debian.package.test(name))
  const [name] = [...names].sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
  const version = name === undefined ? undefined : await newestVersion(shell, archive.value, name)
  if (name === undefined || version === undefined) {
    const kept = stockKernel(debian)
    if (kept !== undefined) return ok(`${kept.version}, which has left the archive`)
    return refuse(`no package of this machine's archive is called ${debian.package.source}`)
  }
  const path = join(folder('kernels'), `${name}-${version}`.replaceAll('~', '-'))
  if (!isThere(path)) {
    const deb = await download(shell, archive.value, name, version)
    if (!deb.ok) return deb
    const taken = await takeOut(shell, deb.value, path)
    if (!taken.ok) return taken
  }
  unfinished(recordPath(debian))
  writeFileSync(`${recordPath(debian)}.unfinished`, `${JSON.stringify({ version, folder: path })}\n`)
  finish(recordPath(debian))
  return ok(version)
}

async function takeOut(shell: Shell, deb: string, path: string): Promise<Result<string>> {
  shell.say(`unpacking ${basename(deb)}`)
  const all = unfinished(join(folder('kernels'), 'image'))
  mkdirSync(all, { recursive: true })
  const unpacked = await command(shell, ['dpkg-deb', '--extract', deb, all])
  if (!unpacked.ok) return unpacked
  const there = unfinished(path)
  mkdirSync(there)
  const files = readdirSync(all, { recursive: true, encoding: 'utf8' })
  const image = files.find((file) => basename(file).startsWith('vmlinuz'))
  if (image === undefined) return refuse(`${basename(deb)} has no vmlinuz`)
  copyFileSync(join(all, image), join(there, 'vmlinuz'))
  for (const name of wantedModules) {
    const packed = files.find((file) => basename(file) === `${name}.ko.xz`)
    if (packed === undefined) continue // built in
    copyFileSync(join(all, packed), join(there, `${name}.ko.xz`))
    const module = await command(shell, ['xz', '--decompress', join(there, `${name}.ko.xz`)])
    if (!module.ok) return module
  }
  unfinished(join(folder('kernels'), 'image'))
  return ok(finish(path))
}
