import type { Command } from 'commander'
import { readConversation } from '../conform/conversation.js'
import { reproducer } from '../conform/linux/index.js'
import { complain, type End, type Io } from './io.js'
import { Status } from './status.js'
import { readText } from './trace-file.js'

export function addRepro(program: Command, io: Io, end: End): void {
  program
    .command('repro')
    .description("print a C program that makes the calls of a saved conversation by the kernel's own ioctls")
    .argument('<file>', 'a conversation that conform saved')
    .addHelpText(
      'after',
      `
The program is one file and needs nothing of this package; its devices are QEMU's edu.

Exit status: 0 printed · 2 the file is no conversation on an interface of a kernel

Examples:
  dmaproof repro .dmaproof/conformance/linux-6.12.iommufd.0a1b2c3d.ndjson > repro.c`,
    )
    .action((file: string) => end(repro(io, file)))
}

function repro(io: Io, file: string): number {
  const text = readText(file)
  const read = text.ok ? readConversation(text.value, file) : text
  const program = read.ok ? reproducer(read.value) : read
  if (!program.ok) {
    complain(io, program.message)
    return Status.BadInput
  }
  io.out(program.value)
  return Status.Held
}
