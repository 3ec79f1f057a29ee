import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ok, type Result, refuse } from '../../../../base/result.js'
import { command, type Shell } from '../command.js'
import { pack } from '../initrd.js'
import { consoleCommand, type PlainMachine } from '../qemu.js'
import { initOf } from './script.js'

/** What a reproducer said in a guest. */
export interface Reproduced {
  /** Its lines, in KTAP: each call, the recorded and the new reply, and the verdict. */
  readonly said: string
  /** Whether every call was answered as it was then, the divergence included. */
  readonly isThere: boolean
}

/** Seconds for a boot on a busy machine, and some calls. */
const timeout = 120

/** Compiles a reproducer and its init, boots a kernel with them, and waits for the end. */
export async function reproduce(
  shell: Shell,
  program: string,
  driver: string,
  machine: Omit<PlainMachine, 'initrd'>,
): Promise<Result<Reproduced>> {
  const folder = mkdtempSync(join(tmpdir(), 'dmaproof-repro-'))
  try {
    const sources = { init: join(folder, 'init.c'), repro: join(folder, 'repro.c') }
    writeFileSync(sources.init, initOf(driver))
    writeFileSync(sources.repro, program)
    const programs = { init: [sources.init], repro: [sources.repro] }
    const archive = join(folder, 'repro.cpio')
    const packed = await pack(shell, machine.kernel, programs, { root: join(folder, 'root'), archive })
    if (!packed.ok) return packed
    // timeout(1) ends everything that it has started, QEMU as well
    const boot = ['timeout', '--kill-after=5', String(timeout), 'sh', '-c']
    const console = await command(shell, [...boot, consoleCommand({ ...machine, initrd: archive })])
    return console.ok ? verdictOf(console.value) : console
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/**
 * Reads what a reproducer printed on its guest's console.
 *
 * @param console with the carriage returns of a serial line
 */
export function verdictOf(console: string): Result<Reproduced> {
  const said = console.replaceAll('\r', '')
  const verdict = /^(ok|not ok) 1 - (?:not )?reproduced: .*\n/m.exec(said)
  if (verdict !== null) {
    const whole = said.slice(0, verdict.index + verdict[0].length)
    return ok({ said: whole, isThere: verdict[1] === 'not ok' })
  }
  const skipped = /^ok 1 - .*# SKIP (.*)\n/m.exec(said)
  if (skipped !== null) return refuse(`the program could not run: ${skipped[1]}`)
  const tail = said.trimEnd().split('\n').slice(-12)
  const lines = tail.map((line) => `\n  ${line}`).join('')
  return refuse(`the program ended without a verdict; the last that its guest's console shows:${lines}`)
}
