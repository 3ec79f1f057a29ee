import type { Command } from 'commander'
import { ok, problemText, type Result, refuse } from '../../base/result.js'
import { readTranscript, type Transcript } from '../../conform/protocol/transcript.js'
import { kernelNames, reproduceOn, reproducer, reproducerScript, setupLog } from '../../conform/targets/linux/index.js'
import { divergedFields } from '../conformance/checked-transcript.js'
import { Status } from '../exit-status.js'
import { namedKernel } from '../options/linux-target.js'
import { unknownName } from '../options/suggest.js'
import { complain, complainOf, type End, type Io } from '../terminal/io.js'
import { readText } from '../trace-file.js'

interface ReproWords {
  readonly on?: string
  readonly script?: true
}

export function addRepro(program: Command, io: Io, end: End): void {
  program
    .command('repro')
    .description("print a C program that makes the calls of a saved transcript by the kernel's own ioctls, or run it")
    .argument('<file>', 'a transcript that conform saved')
    .option('--on <kernel>', 'compile the program and run it in a guest of this Linux, in QEMU: linux-6.12')
    .option('--script', 'print a shell script instead, which builds a kernel for the program and runs it in QEMU')
    .addHelpText(
      'after',
      `
The program is one file and needs nothing of this package; its devices are QEMU's edu. It is a kselftest: it says in \
KTAP whether every call was answered as it was then, and exits with 1 if so, 0 if not, 4 if it could not run or that \
cannot be told. It has the functions that its calls need; comments at its top say how to build it (on iommufd and with \
KVM, with the headers of a kernel tree), and have its line for a Makefile. The script has the kernel's configuration, \
the guest's init and QEMU's command, and on page-table the kernel's driver.

Exit status: 0 printed, or with --on: not so again · 1 with --on: the divergence is there again · 2 the file is no \
transcript on an interface of a kernel, or the program could not run

Examples:
  dmaproof repro .dmaproof/conformance/linux-6.12.iommufd.0a1b2c3d.ndjson > repro.c
  dmaproof repro .dmaproof/conformance/linux-6.12.iommufd.0a1b2c3d.ndjson --script > repro.sh
  dmaproof repro .dmaproof/conformance/linux-6.12.iommufd.0a1b2c3d.ndjson --on linux-6.12`,
    )
    .action(async (file: string, words: ReproWords) => end(await repro(io, file, words)))
}

async function repro(io: Io, file: string, { on, script }: ReproWords): Promise<number> {
  if (on !== undefined && script) {
    complain(io, '--script: it prints, and --on runs; leave out one of them')
    return Status.BadInput
  }
  const text = readText(file)
  const read = text.ok ? readTranscript(text.value, file) : text
  if (read.ok && on !== undefined) return runIt(io, read.value, on)
  const program = read.ok ? printed(read.value, script === true) : read
  if (program.ok) io.out(program.value)
  else complainOf(io, program.problem, read.ok ? undefined : file)
  return program.ok ? Status.Held : Status.BadInput
}

const printed = (transcript: Transcript, isScript: boolean): Result<string> =>
  isScript ? reproducerScript(transcript) : reproducer(transcript, divergedFields(transcript))

async function runIt(io: Io, transcript: Transcript, on: string): Promise<number> {
  const kernel = kernelOf(on)
  if (!kernel.ok) {
    complainOf(io, kernel.problem)
    return Status.BadInput
  }
  const stop = new AbortController()
  const unlisten = io.onInterrupt(() => stop.abort())
  const shell = { say: () => undefined, log: setupLog(), signal: stop.signal }
  const done = await reproduceOn(shell, kernel.value, transcript, divergedFields(transcript))
  unlisten()
  if (!done.ok) {
    complain(io, `${on}: ${problemText(done.problem)}`)
    return stop.signal.aborted ? Status.Inconclusive : Status.BadInput
  }
  io.out(done.value.said)
  return done.value.isThere ? Status.Violated : Status.Held
}

function kernelOf(on: string): Result<string> {
  const known = ['linux', ...kernelNames.map((name) => `linux-${name}`)]
  if (!known.includes(on)) return refuse(unknownName('--on', on, known))
  return ok(namedKernel(on))
}
