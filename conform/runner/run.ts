import { ok, type Result, refuse } from '../../base/result.js'
import { type Block, CaseQueue } from '../cases/case-queue.js'
import { OracleCache } from '../oracle/check.js'
import { type TestTarget, testSetupOf, testTargetOf } from '../protocol/setting.js'
import { isTargetFailure, type OpenTarget, startFailureText, type Target } from '../protocol/target.js'
import { BlockRun, type Tested } from './block-run.js'
import type { ConformOptions } from './options.js'
import type { BlockReport, Report } from './report.js'

export type { ConformOptions } from './options.js'

const defaultPlatform = 'linux-7.2'

/**
 * Checks a target against the model: saved sequences first, then the fixed list, litmus tests, and random sequences.
 *
 * @returns what was found; or why nothing could be asked at all
 *
 * @example
 * const report = await conform(objectTarget(() => new MyTable()), { interface: 'page-table', runs: 1000, seed: 1 })
 */
export async function conform(open: OpenTarget, options: ConformOptions): Promise<Result<Report>> {
  const opened = await openConformance(open, options)
  return opened.ok ? ok((await opened.value.ask()).report) : opened
}

/** Starts a target and makes the list of what it is to be asked. Who does not ask it closes it. */
export async function openConformance(open: OpenTarget, options: ConformOptions): Promise<Result<Conformance>> {
  const first = await open()
  if (isTargetFailure(first)) return refuse(startFailureText(first))
  let made: Result<Conformance> | undefined
  try {
    made = conformanceOf(open, first, options)
    return made
  } finally {
    if (made?.ok !== true) await first.close() // a process that is open keeps dmaproof from ending, whatever went wrong
  }
}

function conformanceOf(open: OpenTarget, first: Target, options: ConformOptions): Result<Conformance> {
  const testTarget = testTargetOf(first.hello, options.interface, options.beside)
  if (!testTarget.ok) return testTarget
  const platforms = options.platforms ?? [first.hello.platform ?? defaultPlatform]
  const oracles = new OracleCache(platforms, options.ruleEvidence)
  // the platforms may be wrong, or the sizes in the target's hello
  const ready = oracles.open(testSetupOf(testTarget.value, {}))
  if (!ready.ok) return ready
  const { saved = [], seed, runs, length = 30 } = options
  const queue = new CaseQueue(testTarget.value, oracles, { saved, seed, runs, length })
  return ok(new Conformance({ open, testTarget: testTarget.value, platforms, oracles, queue }, first, options))
}

/** What bounds a block, and who hears of it. */
type Watch = Pick<ConformOptions, 'time' | 'onProgress' | 'onDivergence' | 'isInterrupted'>

/** A target that has said hello, and the list of sequences that it is to be asked, whole or in blocks. */
export class Conformance {
  /** The process that said hello, until something is asked of it. */
  private first: Target | undefined

  constructor(
    private readonly subject: Tested,
    first: Target,
    private readonly options: ConformOptions,
  ) {
    this.first = first
  }

  /** What is tested, and as what. */
  get testTarget(): TestTarget {
    return this.subject.testTarget
  }

  get platforms(): readonly string[] {
    return this.subject.platforms
  }

  /** How many sequences the list has; those up to `fixed` are not random. */
  get list(): { readonly total: number; readonly fixed: number } {
    return this.subject.queue
  }

  /**
   * Asks all sequences, or those of a block, of processes that were asked nothing before.
   *
   * @param watch in the place of the same options
   */
  async ask(block?: Block, watch: Watch = {}): Promise<BlockReport> {
    const { first } = this
    this.first = undefined
    try {
      const options = { ...this.options, ...watch }
      return await new BlockRun(this.subject, this.subject.queue.turns(block), options).run(first)
    } finally {
      await first?.close()
    }
  }

  /** Ends the process that said hello, if it was asked nothing. */
  async close(): Promise<void> {
    await this.first?.close()
    this.first = undefined
  }
}
