import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { b1Promela } from './b1-promela.js'

/** One search of B1 by a peer: its states a second, or why there is none. */
export type PeerRate = { readonly rate: number; readonly states: number } | { readonly absent: string }

/** Whether a program is on this machine. */
function has(program: string): boolean {
  return spawnSync(program, ['-V'], { stdio: 'ignore' }).error === undefined
}

/** A peer that is built once and run again and again. */
export interface Peer {
  readonly name: string
  readonly run: () => PeerRate
}

/** Spin, breadth first, full states, built by gcc -O3: B1 with N pages, two converters and two devices. */
export function spin(pages: number): Peer {
  const name = 'Spin, breadth first, 1 core'
  const missing = ['spin', 'gcc'].filter((program) => !has(program))
  if (missing.length > 0) {
    return { name, run: () => ({ absent: `${missing.join(' and ')} not found; apt-get install ${missing.join(' ')}` }) }
  }
  const cwd = mkdtempSync(join(tmpdir(), 'dmaproof-spin-'))
  writeFileSync(join(cwd, 'b1.pml'), b1Promela(pages))
  execFileSync('spin', ['-a', 'b1.pml'], { cwd, stdio: 'ignore' })
  execFileSync('gcc', ['-O3', '-DSAFETY', '-DBFS', '-DNOREDUCE', '-w', '-o', 'pan', 'pan.c'], { cwd })
  return { name, run: () => runSpin(cwd) }
}

function runSpin(cwd: string): PeerRate {
  const begun = performance.now()
  const said = execFileSync('./pan', ['-w27'], { cwd, encoding: 'utf8' })
  const seconds = (performance.now() - begun) / 1000
  const states = Number(/^\s*([\d.e+]+) states, stored/m.exec(said)?.[1] ?? Number.NaN)
  const own = Number(/elapsed time ([\d.e+-]+) seconds/.exec(said)?.[1] ?? seconds)
  if (!Number.isFinite(states)) return { absent: `pan's output was not understood:\n${said}` }
  return { rate: states / (own > 0 ? own : seconds), states }
}

/** TLC with two workers, where java is and the variable TLA2TOOLS names a tla2tools.jar: no Debian package has it. */
export function tlc(pages: number): Peer {
  const name = 'TLC, 2 workers'
  const jar = process.env.TLA2TOOLS
  if (jar === undefined) return { name, run: () => ({ absent: 'TLA2TOOLS does not name a tla2tools.jar' }) }
  if (spawnSync('java', ['-version'], { stdio: 'ignore' }).error !== undefined) {
    return { name, run: () => ({ absent: 'java not found; apt-get install default-jre-headless' }) }
  }
  const cwd = mkdtempSync(join(tmpdir(), 'dmaproof-tlc-'))
  for (const file of ['B1.tla', 'B1.cfg']) {
    const text = readFileSync(new URL(`../../bench/peers/${file}`, import.meta.url), 'utf8')
    writeFileSync(join(cwd, file), text.replace('N = 4', `N = ${pages}`))
  }
  return { name, run: () => runTlc(cwd, jar) }
}

function runTlc(cwd: string, jar: string): PeerRate {
  const words = ['-XX:+UseParallelGC', '-cp', jar, 'tlc2.TLC', '-workers', '2', 'B1']
  const begun = performance.now()
  const said = execFileSync('java', words, { cwd, encoding: 'utf8' })
  const seconds = (performance.now() - begun) / 1000
  const end = /([\d,]+) distinct states found, 0 states left/.exec(said)
  const states = Number(end?.[1]?.replaceAll(',', '') ?? Number.NaN)
  return Number.isFinite(states) ? { rate: states / seconds, states } : { absent: `TLC was not understood:\n${said}` }
}
