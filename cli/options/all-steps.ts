import { Option } from 'commander'
import type { StepLines } from '../../report/columns/columns.js'

/** How a command shows the steps of a counterexample. */
export const allStepsOption = (): Option =>
  new Option('--all-steps', 'show each step on a line; else those of locks and accounts stand in brackets')

export const stepLines = ({ allSteps }: { readonly allSteps?: boolean }): StepLines =>
  allSteps === true ? 'each' : 'bracketed'
