import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parsePlatform } from '../../../model/machine/platform.js'
import { defaultGuest, type LinuxIommu, linuxIommus } from '../../protocol/setting.js'
import { finish, folder, hashOf, isThere, unfinished } from './cache.js'
import { command } from './command.js'
import { agentFiles, dataPath } from './data.js'
import { mirrorOf, privateConfiguration, suitesOf } from './debian.js'
import { defaultIommuOf, findKernel, kernelNames, linuxKernels, linuxProcess, platformOf, withParts } from './index.js'
import { builtKernel, notTaken, recordKernel } from './kernel.js'
import { consoleCommand, type LinuxInterface, qemuCommand, qemuWords } from './qemu.js'
import { configOf, patchOf, recipeHash, recipes } from './recipes.js'
import { setup } from './setup.js'

const before = process.env.XDG_CACHE_HOME
let cache = ''

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'dmaproof-linux-'))
  process.env.XDG_CACHE_HOME = cache
})

afterEach(() => {
  rmSync(cache, { recursive: true })
  if (before === undefined) delete process.env.XDG_CACHE_HOME
  else process.env.XDG_CACHE_HOME = before
})

const shell = () => ({ say: () => undefined, log: join(cache, 'log'), signal: new AbortController().signal })
const asked = { ...defaultGuest, interface: 'type1v2', devices: 1, kvm: false } as const

describe('the cache', () => {
  test('shows a thing under its name only when it is whole', () => {
    const path = join(folder('kernels'), 'thing')
    writeFileSync(unfinished(path), 'half')
    expect(isThere(path)).toBe(false)
    unfinished(path)
    expect(existsSync(`${path}.unfinished`)).toBe(false)
    writeFileSync(unfinished(path), 'whole')
    expect(readFileSync(finish(path), 'utf8')).toBe('whole')
  })

  test('tells what a thing was made from, part by part', () => {
    expect(hashOf(['ab', 'c'])).not.toBe(hashOf(['a', 'bc']))
    expect(hashOf(['ab', 'c'])).toBe(hashOf(['ab', 'c']))
  })

  test('does not take a kernel for one that was made from another recipe', () => {
    const [recipe] = recipes
    if (recipe === undefined) throw new Error('there is no recipe')
    recordKernel(recipe, '6.12.1-1')
    expect(builtKernel(recipe)).toBeUndefined()
    folder('kernels', hashOf(['6.12.1-1', configOf(recipe), patchOf(recipe)]))
    expect(builtKernel(recipe)?.version).toBe('6.12.1-1')
    expect(builtKernel({ ...recipe, config: [...recipe.config, 'x86-7.2.config'] })).toBeUndefined()
  })
})

describe('a cache that cannot be used', () => {
  test('is told in words, and nothing is made to list what is there', async () => {
    process.env.XDG_CACHE_HOME = '/proc/none'
    expect(linuxKernels()).toContain('in /proc/none/dmaproof/linux')
    const done = await setup(shell(), { kernels: ['stock'], jobs: 1, keepSources: false })
    const message = /^\/proc\/none\/dmaproof\/linux: .*ENOENT.* by XDG_CACHE_HOME$/
    expect(done).toEqual({ ok: false, problem: { message: expect.stringMatching(message) } })
  })

  test('has a record that is damaged: it counts as none', () => {
    writeFileSync(join(folder('kernels'), 'stock.json'), '{"version":')
    writeFileSync(join(folder('kernels'), '6.12.json'), 'half')
    expect([findKernel('stock'), findKernel('6.12')]).toEqual([undefined, undefined])
  })
})

describe('a recipe', () => {
  test.each(recipes.map((recipe) => [recipe.name, recipe] as const))('%s is unlike all others', (_, recipe) => {
    expect(recipes.filter((other) => recipeHash(other) === recipeHash(recipe))).toEqual([recipe])
    for (const iommu of linuxIommus) expect(parsePlatform(platformOf(recipe.name, iommu)).ok).toBe(true)
    if (recipe.patch !== undefined) expect(patchOf(recipe)).toMatch(/^--- a\/.+\n\+\+\+ b\/.+\n@@ /)
  })

  test('says which options a source did not grant', () => {
    expect(notTaken('CONFIG_A=y\nCONFIG_B=y\nCONFIG_C=n\n', 'CONFIG_A=y\n# CONFIG_B is not set\n')).toEqual([
      'CONFIG_B=y',
    ])
  })
})

describe('another suite', () => {
  test("is asked at the machine's own mirror of the main archive", () => {
    const rows = ['site-a|Other|Debian', 'site-b|Debian|Debian-Security', 'site-c|Debian|Debian', '']
    expect(mirrorOf(rows.join('\n'))).toBe('site-c')
    expect(mirrorOf('site-b|Debian|Debian-Security\n')).toBeUndefined()
  })

  test("of another architecture has Debian's suites of the machine, each once", () => {
    const rows = ['a|Debian|stable', 'a|Debian|stable', 'b|Other|x', 'c|Debian|stable-security', '']
    expect(suitesOf(rows.join('\n'), 'arm64')).toEqual([
      'deb [arch=arm64] a stable main\n',
      'deb [arch=arm64] c stable-security main\n',
    ])
  })

  test("keeps its lists and its cache out of the machine's", () => {
    const text = privateConfiguration('/there')
    for (const key of ['Dir::Etc::sourcelist', 'Dir::State::lists', 'Dir::Cache'])
      expect(text).toContain(`${key} "/there/`)
    expect(text).toContain('Dir::Etc::sourceparts "-"')
  })
})

describe('a command', () => {
  test('that fails says which it was, how it ended and what it said last', async () => {
    const failed = await command(shell(), ['sh', '-c', 'echo one; echo two >&2; exit 3'])
    expect(failed.ok ? '' : failed.problem.message).toMatch(/^sh -c .*\n {2}failed: status 3\n(.*\n)* {2}two\n/)
    expect(readFileSync(join(cache, 'log'), 'utf8')).toContain('one')
  })

  test('that is not there is a failure and no exception', async () => {
    expect((await command(shell(), ['no-such-command-here'])).ok).toBe(false)
  })

  test('is ended by an interruption', async () => {
    const stop = new AbortController()
    const running = command({ ...shell(), signal: stop.signal }, ['sleep', '60'])
    stop.abort()
    expect(await running).toEqual({ ok: false, problem: { message: 'interrupted' } })
  })
})

describe('without setup', () => {
  test('every kernel is named with the command that makes it', async () => {
    for (const name of kernelNames) {
      expect(findKernel(name)).toBeUndefined()
      const process = await linuxProcess(shell(), { ...asked, kernel: name })
      expect(process.ok ? '' : process.problem.message).toContain(`dmaproof linux setup --kernel ${name}`)
    }
    expect(
      linuxKernels()
        .slice(0, -1)
        .every((line) => line.includes('dmaproof linux setup')),
    ).toBe(true)
  })
})

describe('what a kernel does not have is refused', () => {
  test.each([
    ['6.12', { interface: 'iommufd-file' }, 'iommufd.map-file/absent-6-12'],
    ['6.12', { interface: 'iommufd', backing: 'guest-memfd' }, 'kvm.guest-memfd/no-hva-6-12'],
    ['7.2', { interface: 'iommufd-file', backing: 'guest-memfd' }, 'iommufd.map-file/backing'],
  ] as const)('on %s with %o', async (name, more, rule) => {
    const recipe = recipes.find((known) => known.name === name)
    if (recipe === undefined) throw new Error(`there is no recipe for ${name}`)
    recordKernel(recipe, '1.0-1')
    folder('kernels', hashOf(['1.0-1', configOf(recipe), patchOf(recipe)]))
    const process = await linuxProcess(shell(), { ...asked, ...more, kernel: name })
    expect(process.ok ? '' : process.problem.rule?.id).toBe(rule)
  })
})

describe('the unit that translates', () => {
  test.each([
    ['stock', 'type1v2', 'smmuv3', 'stock-arm64'],
    ['6.12', 'iommufd', 'smmuv3', '6.12-arm64'],
    ['6.12-arm64', 'iommufd', 'smmuv3', '6.12-arm64'],
    ['7.2', 'iommufd', 'amd-vi', '7.2'],
    ['stock', 'page-table', 'vt-d', '6.12-page-table'],
    ['7.2', 'page-table', 'amd-vi', '7.2-page-table'],
  ] as const)('takes for %s on %s behind %s the kernel %s', (name, on, iommu, kernel) => {
    expect(withParts(name, { interface: on, iommu })).toBe(kernel)
  })

  test.each(['stock', '6.12', '6.12-arm64', 'stock-arm64'])('is, for %s, the first for its processor', (name) => {
    expect(defaultIommuOf(name)).toBe(name.endsWith('arm64') ? 'smmuv3' : 'vt-d')
  })

  test.each([
    ['6.12', { iommu: 'smmuv3' }, 'found the kernel 6.12, expected one for arm64'],
    ['6.12-arm64', { iommu: 'amd-vi' }, 'found the kernel 6.12-arm64, expected one for x86'],
  ] as const)('is refused on %s with %o', async (name, more, message) => {
    const recipe = recipes.find((known) => known.name === name)
    if (recipe === undefined) throw new Error(`there is no recipe for ${name}`)
    recordKernel(recipe, '1.0-1')
    folder('kernels', hashOf(['1.0-1', configOf(recipe), patchOf(recipe)]))
    const process = await linuxProcess(shell(), { ...asked, ...more, kernel: name })
    expect(process.ok ? '' : process.problem.message).toContain(message)
  })
})

describe('the guest', () => {
  const kernel = { name: '6.12', version: '6.12.1-1', processor: 'x86', image: "/a folder/it's", modules: [] } as const
  const machine = { kernel, initrd: '/initrd', ...asked, devices: 2 }

  test('has a device for each DMA engine, behind an IOMMU that remaps interrupts', () => {
    const words = qemuWords(machine)
    expect(words.filter((word) => word.startsWith('edu,'))).toHaveLength(2)
    expect(words).toContain('intel-iommu,intremap=on')
    expect(qemuWords({ ...machine, iommu: 'amd-vi' })).toContain('amd-iommu,intremap=on')
    expect(words.join(' ')).toContain('dmaproof.interface=type1v2 dmaproof.backing=memfd')
    expect(qemuWords({ ...machine, backing: 'guest-memfd' }).join(' ')).toContain('dmaproof.backing=guest-memfd')
  })

  test('has leaves of the sizes of the model where page tables are asked, behind AMD-Vi alone', () => {
    const limited = (on: LinuxInterface, iommu: LinuxIommu) =>
      [
        qemuWords({ ...machine, interface: on, iommu }).join(' '),
        consoleCommand({ ...machine, interface: on, iommu }),
      ].map((words) => words.includes(' amd_iommu=v2_pgsizes_only'))
    expect(limited('page-table', 'amd-vi')).toEqual([true, true])
    expect(limited('type1v2', 'amd-vi')).toEqual([false, false])
    expect(limited('page-table', 'vt-d')).toEqual([false, false])
  })

  test('is a command line that the shell takes apart as it was put together', () => {
    const line = qemuCommand(machine).replace('{ qemu-system-x86_64', '{ printf "%s\\n"')
    const heard = execFileSync('sh', ['-c', line], { encoding: 'utf8' }).trimEnd().split('\n')
    expect(heard).toEqual(qemuWords(machine).slice(1))
  })

  test('shares no output with another process where its console alone is read', () => {
    const which = "sh -c 'exec 3>&1; readlink /proc/self/fd/0 /proc/self/fd/3 >&2' --"
    const line = consoleCommand(machine).replace('qemu-system-x86_64', which)
    expect(execFileSync('sh', ['-c', line], { encoding: 'utf8' })).toBe('/dev/null\n/dev/null\n')
  })

  test('has an agent that the compiler finds nothing wrong with', () => {
    const files = agentFiles('x86').map((name) => dataPath('agent', name))
    expect(agentFiles('arm64').filter((name) => !files.includes(dataPath('agent', name)))).toEqual(['arm64/kvm.c'])
    execFileSync('gcc', ['-fsyntax-only', '-Wall', '-Wextra', '-Werror', ...files])
    expect(files.length).toBeGreaterThan(5)
  })
})
