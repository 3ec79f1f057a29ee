import { Argument, type Command } from 'commander'
import { bugs } from '../../bugs/index.js'
import { kernelNames } from '../../conform/targets/linux/index.js'
import { iotlbs } from '../../cost/parameters.js'
import { workloads } from '../../cost/workloads.js'
import { allDesigns, fullName } from '../../designs/index.js'
import { partNames } from '../../model/machine/parts.js'
import { presets } from '../../model/machine/platform.js'
import { builtIn } from '../../search/catalogue/catalogue.js'
import { cellCommands, needs } from '../../search/cells/cell.js'
import { configurations } from '../../search/check/configurations.js'
import { candidates, type KnownValues } from '../completion/candidates.js'
import { type CompletionShell, completionScript, shells } from '../completion/scripts.js'
import type { End, Io } from '../terminal/io.js'
import { explainedNames } from './explain.js'

const designNames = (): string[] => allDesigns.map(fullName)

/** By the names of options and arguments. */
const knownTo = (program: Command): KnownValues =>
  new Map<string, () => readonly string[]>(
    Object.entries({
      design: designNames,
      target: () => [...designNames(), 'b1', 'linux'],
      driver: () => [...new Set(allDesigns.flatMap(({ drivers }) => drivers.map(({ name }) => name))), 'all'],
      property: () => builtIn.properties.map(({ name }) => name),
      platform: () => Object.keys(presets),
      parts: () => partNames,
      configuration: () => configurations.map(({ name }) => name),
      workload: () => [...workloads.map(({ name }) => name), 'all'],
      cost: () => workloads.map(({ name }) => name),
      iotlb: () => iotlbs.map(({ name }) => name),
      kernel: () => kernelNames,
      take: () => needs,
      command: () => cellCommands,
      on: () => ['linux'],
      id: () => bugs.map(({ id }) => id),
      name: () => explainedNames(builtIn, program),
    }),
  )

export function addCompletion(program: Command, io: Io, end: End): void {
  program
    .command('completion')
    .description('print the script that completes words in a shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(shells))
    .addHelpText(
      'after',
      `
Exit status: 0 printed · 2 bad input

Examples:
  source <(dmaproof completion bash)                    in ~/.bashrc
  dmaproof completion zsh > ~/.zfunc/_dmaproof          a folder of fpath
  dmaproof completion fish > ~/.config/fish/completions/dmaproof.fish`,
    )
    .action((shell: CompletionShell) => {
      io.out(completionScript(shell))
      end(0)
    })
  program
    .command('complete', { hidden: true })
    .description('print what may stand for the last word, one a line: for the scripts of completion')
    .argument('[word...]')
    .addHelpText('after', '\nExit status: 0 printed')
    .action((words: readonly string[]) => {
      io.out(
        candidates(program, words, knownTo(program))
          .map((word) => `${word}\n`)
          .join(''),
      )
      end(0)
    })
}
