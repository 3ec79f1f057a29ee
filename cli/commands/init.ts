import type { Command } from 'commander'
import { commandText } from '../../report/text/command.js'
import { Status } from '../exit-status.js'
import { type Answers, answersOf } from '../init/answers.js'
import { filesOf, modulePath, writeNew } from '../init/files.js'
import { toInstall } from '../init/project.js'
import { type AskUser, complain, complainOf, type End, type Io } from '../terminal/io.js'
import { report } from '../terminal/report.js'

export function addInit(program: Command, io: Io, end: End): void {
  program
    .command('init')
    .description('write a design with its suites, a configuration and a CI workflow into the project that is here')
    .option('--design <name>', 'name of the design (default: mine)')
    .option('--folder <path>', 'folder of the design and its suites (default: dmaproof)')
    .option('--no-ci', 'write no .github/workflows/dmaproof.yml')
    .option('-y, --yes', 'ask nothing; what no option says is as usual')
    .addHelpText(
      'after',
      `
Asks on a terminal for what no option says; elsewhere, it needs --design or --yes. Never overwrites a file: one that \
is there already is named and kept, and the others are written.

Exit status: 0 all files written · 2 bad input, or a file was kept or could not be written · 3 a question was not \
answered (^C, or the input ended), and nothing was written

Examples:
  dmaproof init
  dmaproof init --design my-vmm --folder tests/dma --no-ci`,
    )
    .action(async (options: InitOptions) => end(await initHere(io, options)))
}

interface InitOptions {
  readonly design?: string
  readonly folder?: string
  readonly ci: boolean
  readonly yes?: boolean
}

async function initHere(io: Io, { design, folder, ci, yes }: InitOptions): Promise<number> {
  const project = process.cwd()
  const install = toInstall(project)
  if (!install.ok) {
    complainOf(io, install.problem)
    return Status.BadInput
  }
  const asking = yes === true ? undefined : io.asking
  if (yes !== true && asking === undefined && design === undefined) {
    complain(io, 'init: found no terminal to ask on, and neither --design NAME nor --yes; expected one of them')
    return Status.BadInput
  }
  const given = { name: design, folder, hasCi: ci ? undefined : false }
  let isOpen = false
  const noting = (ask: AskUser) => async (question: string) => {
    const said = await ask(question)
    isOpen = said === undefined
    return said
  }
  const answer = (ask?: AskUser) => answersOf(given, ask && noting(ask), (problem) => complainOf(io, problem))
  const answers = asking === undefined ? await answer() : await asking(answer)
  if (!answers.ok) {
    complainOf(io, answers.problem)
    return isOpen ? Status.Inconclusive : Status.BadInput
  }
  const isWhole = writeAll(io, project, answers.value)
  report(io, `\n${next(answers.value, install.value)}\n`)
  return isWhole ? Status.Held : Status.BadInput
}

/** @returns whether every file was written */
function writeAll(io: Io, project: string, answers: Answers): boolean {
  const files = filesOf(answers)
  const width = Math.max(...files.map(({ path }) => path.length))
  return files
    .map((file) => {
      const written = writeNew(project, file)
      if (!written.ok) complainOf(io, written.problem)
      else if (written.value === undefined) report(io, `wrote ${file.path.padEnd(width)}  ${file.what}\n`)
      else {
        const message = `${written.value}: found a file of this name, expected none; it is kept as it is`
        complainOf(io, { message, remedy: file.remedy })
      }
      return written.ok && written.value === undefined
    })
    .every((isNew) => isNew)
}

const next = (answers: Answers, install: readonly string[]): string =>
  [
    'Next:',
    ...(install.length > 0 ? [`  npm i -D ${install.join(' ')}`] : []),
    `  npx vitest run ${answers.folder}/`,
    `  npx ${commandText(['check', answers.name], [modulePath(answers)])}`,
  ].join('\n')
