import { mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ok, type Result, refuse } from '../../../base/result.js'
import { finish, folder, isThere, unfinished } from './cache.js'
import { type CommandOptions, command, type Shell } from './command.js'
import { type ProcessorName, processors } from './iommus.js'

/** What setup and the runs need of the machine, by the names of Debian's packages. */
export const neededPackages = (names: readonly ProcessorName[]): readonly string[] => [
  ...names.flatMap((name) => processors[name].packages),
  'cpio',
  'make',
  'flex',
  'bison',
  'bc',
  'libelf-dev',
  'xz-utils',
  'patch',
]

/** Those of the needed packages that are not installed. */
export async function missingPackages(
  shell: Shell,
  names: readonly ProcessorName[],
): Promise<Result<readonly string[]>> {
  const listed = await command(shell, ['dpkg-query', '--show', '--showformat', `\${db:Status-Status} \${Package}\\n`])
  if (!listed.ok) return listed
  const installed = new Set(listed.value.split('\n').filter((line) => line.startsWith('installed ')))
  return ok(neededPackages(names).filter((name) => !installed.has(`installed ${name}`)))
}

/** Words of the command that installs Debian packages, by name; it needs root. */
export const installCommand = (names: readonly string[]): readonly string[] => [
  'apt-get',
  'install',
  '--yes',
  '--no-install-recommends',
  ...names,
]

/** Which of the archive's suites is asked: the machine's own, or another one at the machine's own mirror. */
export type DebianArchive = CommandOptions

/** Reads the lists of the machine's own suites again. */
export const updateLists = (shell: Shell): Promise<Result<string>> => command(shell, ['apt-get', 'update'])

/** What a private apt configuration says: lists and cache of its own, everything else as on the machine. */
export function privateConfiguration(root: string): string {
  return [
    `Dir::Etc::sourcelist "${root}/sources.list";`,
    'Dir::Etc::sourceparts "-";',
    `Dir::State::lists "${root}/lists";`,
    `Dir::Cache "${root}/cache";`,
    'Acquire::Languages "none";',
    '',
  ].join('\n')
}

/**
 * The mirror that serves Debian's main archive to this machine.
 *
 * @param targets what `apt-get indextargets` prints, as `site|origin|label` a line
 */
export function mirrorOf(targets: string): string | undefined {
  const rows = targets.split('\n').map((line) => line.split('|'))
  return rows.find(([, origin, label]) => origin === 'Debian' && label === 'Debian')?.[0]
}

/** Another suite of Debian, at the mirror that the machine itself uses, without a change to the machine. */
export async function otherSuite(shell: Shell, suite: string): Promise<Result<DebianArchive>> {
  const targets = await command(shell, ['apt-get', 'indextargets', '--format', '$(SITE)|$(ORIGIN)|$(LABEL)'])
  if (!targets.ok) return targets
  const mirror = mirrorOf(targets.value)
  if (mirror === undefined) {
    return refuse(`suite ${suite}: this machine's apt knows no mirror of Debian; run apt-get update`)
  }
  return privateArchive(shell, suite, `deb ${mirror} ${suite} main\n`, '')
}

/**
 * Debian's suites that a machine has, for another architecture.
 *
 * @param targets what `apt-get indextargets` prints, as `site|origin|codename` a line
 */
export function suitesOf(targets: string, architecture: string): readonly string[] {
  const rows = targets.split('\n').map((line) => line.split('|'))
  const lines = rows.flatMap(([site, origin, suite]) =>
    origin === 'Debian' ? [`deb [arch=${architecture}] ${site} ${suite} main\n`] : [],
  )
  return [...new Set(lines)]
}

/** The machine's own suites of Debian, for another architecture, without a change to the machine. */
export async function ownSuites(shell: Shell, architecture: string): Promise<Result<DebianArchive>> {
  const targets = await command(shell, ['apt-get', 'indextargets', '--format', '$(SITE)|$(ORIGIN)|$(RELEASE)'])
  if (!targets.ok) return targets
  const suites = suitesOf(targets.value, architecture)
  const says = `APT::Architecture "${architecture}";\nAPT::Architectures { "${architecture}"; };\n`
  return privateArchive(shell, architecture, suites.join(''), says)
}

/** Lists and a cache of their own, for what a list of sources names. */
async function privateArchive(
  shell: Shell,
  name: string,
  sources: string,
  more: string,
): Promise<Result<DebianArchive>> {
  const root = folder('apt', name)
  for (const part of ['lists/partial', 'cache/archives/partial']) mkdirSync(join(root, part), { recursive: true })
  writeFileSync(join(root, 'sources.list'), sources)
  writeFileSync(join(root, 'apt.conf'), privateConfiguration(root) + more)
  const archive: DebianArchive = { env: { APT_CONFIG: join(root, 'apt.conf') } }
  const updated = await command(shell, ['apt-get', 'update'], archive)
  return updated.ok ? ok(archive) : updated
}

/** The newest version that an archive offers, or undefined if it offers none. */
export async function newestVersion(shell: Shell, archive: DebianArchive, name: string): Promise<string | undefined> {
  const shown = await command(shell, ['apt-cache', 'show', '--no-all-versions', name], archive)
  return shown.ok ? /^Version: (.+)$/m.exec(shown.value)?.[1] : undefined
}

/** Names in the archive that begin so. */
export async function packageNames(shell: Shell, archive: DebianArchive, prefix: string): Promise<readonly string[]> {
  const names = await command(shell, ['apt-cache', 'pkgnames', prefix], archive)
  return names.ok ? names.value.split('\n').filter((name) => name !== '') : []
}

/**
 * A package's file in the cache, fetched if it is not there.
 *
 * @returns the path of the `.deb`
 */
export async function download(
  shell: Shell,
  archive: DebianArchive,
  name: string,
  version: string,
): Promise<Result<string>> {
  const path = join(folder('downloads'), `${name}_${version}.deb`)
  if (isThere(path)) return ok(path)
  shell.say(`fetching ${name} ${version}`)
  const there = unfinished(`${path}.folder`)
  mkdirSync(there, { recursive: true })
  // apt's own unprivileged user may not enter the cache folder; as this user it may
  const words = ['apt-get', 'download', '-o', 'APT::Sandbox::User=root', `${name}=${version}`]
  const fetched = await command(shell, words, { ...archive, cwd: there })
  if (!fetched.ok) return fetched
  const file = readdirSync(there).find((found) => found.endsWith('.deb'))
  if (file === undefined) return refuse(`${name} ${version}: apt-get download left no file`)
  unfinished(path)
  renameSync(join(there, file), `${path}.unfinished`)
  unfinished(`${path}.folder`)
  return ok(finish(path))
}
