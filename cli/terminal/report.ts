import { foldText } from '../../report/columns/fold.js'
import type { Io } from './io.js'

/** Prints a report for people: in lines that a mailer leaves alone, unless a terminal shows it. */
export function report(io: Io, text: string): void {
  io.out(io.isTerminal ? text : foldText(text))
}
