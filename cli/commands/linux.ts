import type { Command } from 'commander'
import {
  defaultKernels,
  kernelNames,
  linuxKernels,
  type Prepared,
  setup,
  setupLog,
} from '../../conform/targets/linux/index.js'
import { Status } from '../exit-status.js'
import { unknownName } from '../options/suggest.js'
import { collect, wholeNumber } from '../options/values.js'
import { complain, complainOf, type End, type Io } from '../terminal/io.js'
import { report } from '../terminal/report.js'

interface SetupWords {
  readonly kernel?: readonly string[]
  readonly jobs: number
  readonly keepSources?: boolean
}

export function addLinux(program: Command, io: Io, end: End): void {
  const linux = program.command('linux').description('real Linux kernels, in QEMU, to check against the model')
  linux
    .command('setup')
    .description('fetch and build the kernels, into a cache folder; what is there already is not done again')
    .option(
      '--kernel <name>',
      `only this one; again, or with commas, for more (default: ${defaultKernels.join(', ')})`,
      collect,
    )
    .option('--jobs <n>', 'compilers at a time', wholeNumber(1, 256), 2)
    .option('--keep-sources', 'keep sources and objects: 2 GB a version, and a change is built in seconds')
    .addHelpText('after', setupHelp)
    .action(async (words: SetupWords) => end(await runSetup(io, words)))
  linux
    .command('list')
    .description('which kernels are there')
    .addHelpText('after', '\nExit status: 0 printed')
    .action(() => {
      report(io, `${linuxKernels().join('\n')}\n`)
      end(Status.Held)
    })
}

const setupHelp = `
It needs about 4 GB of disk while it works, a few minutes a kernel, and Debian's archive through apt-get. It installs \
the Debian packages that it names (as root), and nothing else into the system. Interrupted, it continues where it was.

Exit status: 0 all are ready · 2 something failed · 3 a source has left the archive, the others are ready`

async function runSetup(io: Io, words: SetupWords): Promise<number> {
  const wrong = words.kernel?.find((name) => !kernelNames.includes(name))
  if (wrong !== undefined) {
    complain(io, unknownName('--kernel', wrong, kernelNames))
    return Status.BadInput
  }
  const stop = new AbortController()
  const unlisten = io.onInterrupt(() => stop.abort())
  const shell = { say: (line: string) => io.err(`${line}\n`), log: setupLog(), signal: stop.signal }
  const { jobs, keepSources = false, kernel: kernels = defaultKernels } = words
  const done = await setup(shell, { kernels, jobs, keepSources })
  unlisten()
  if (stop.signal.aborted) {
    complain(io, 'interrupted: the same command continues from here')
    return Status.Inconclusive
  }
  if (!done.ok) {
    complainOf(io, done.problem)
    return Status.BadInput
  }
  for (const kernel of done.value) report(io, `${lineOf(kernel)}\n`)
  return statusOf(done.value)
}

const lineOf = ({ kernel, how, says }: Prepared): string => `${kernel}: ${how.replaceAll('-', ' ')}: ${says}`

function statusOf(done: readonly Prepared[]): number {
  if (done.some(({ how }) => how === 'failed')) return Status.BadInput
  return done.every(({ how }) => how === 'ready') ? Status.Held : Status.Inconclusive
}
