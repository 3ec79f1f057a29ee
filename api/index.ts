/**
 * What the author of a design needs: the words in which designs are plans, the machines they run on,
 * what is asked of them, and the searches. A suite for vitest is in `dmaproof/vitest`, the line format in
 * `dmaproof/protocol`.
 *
 * @module dmaproof
 */

export { type CitedRule, type Place, type Problem, problemText, type Result } from '../base/result.js'
export type { Config } from '../cli/config/config.js'
export { checkDesign, checkDriver } from '../designs/check/index.js'
export { designWarnings } from '../designs/check/warnings.js'
export { hitlessCutDriver } from '../designs/drivers/hitless-cut.js'
export { iommufd, iommufdLazy } from '../designs/drivers/iommufd.js'
export { iommufdCompat } from '../designs/drivers/iommufd-compat.js'
export { iommufdFile } from '../designs/drivers/iommufd-file.js'
export { iommufdReplace } from '../designs/drivers/iommufd-replace.js'
export { type1v1, type1v2, type1v2Lazy } from '../designs/drivers/vfio-type1.js'
export { type Design, type Driver, designs, findDesign, fullName, withoutVmLock } from '../designs/index.js'
/** Conditions of plans: `{ when: conditions.someMapped(ranges.chunk), body }`. */
export * as conditions from '../designs/vocabulary/conditions.js'
/** Loops of plans: `loops.eachMappedPage(ranges.chunk)`. */
export * as loops from '../designs/vocabulary/loops.js'
/** Ranges of guest pages that a step or a call works on: `ranges.chunk`, `ranges.page`. */
export * as ranges from '../designs/vocabulary/ranges.js'
/** Atomic steps, for plans and for drivers of one's own: `steps.acquire('vm')`. */
export * as steps from '../designs/vocabulary/steps.js'
export { kinds } from '../model/actions/relation.js'
export { type Action, decode, print } from '../model/machine/action.js'
export type { Machine } from '../model/machine/machine.js'
export type { Part } from '../model/machine/parts.js'
export { type Platform, type PresetName, parsePlatform, presets } from '../model/machine/platform.js'
export { makeScope, type Scope, type ScopeInput } from '../model/machine/scope.js'
export type { State } from '../model/machine/state.js'
export type {
  Call,
  CallName,
  Condition,
  Loop,
  Node,
  Note,
  Operand,
  Plan,
  Range,
  Setting,
  Step,
} from '../model/plan/plan.js'
export { type Clause, type Property, properties, property } from '../properties/index.js'
export { builtIn, Catalogue, type Own, withDesigns } from '../search/catalogue/catalogue.js'
export {
  type BuiltMachine,
  buildMachine,
  type MachineConfig,
  type MachineConfigInput,
} from '../search/machine-config.js'
export { minimise } from '../search/minimise.js'
export { type RunsOptions, type RunValue, runs } from '../search/random/arbitrary.js'
export { Census } from '../search/random/census.js'
export { type RandomOptions, type RandomResult, searchRandom, type Violation } from '../search/random/random.js'
export type { Unseen } from '../search/random/unseen.js'
export { type Replayed, type Run, replay, Simulator } from '../search/simulator.js'
export { checkMachine, type JudgeOptions, type Verdict, type VerdictName } from '../search/verdict.js'
export type { Rule } from '../spec/index.js'
export { type CheckOptions, check } from './check.js'
export { type Explored, type ExploreOptions, explore } from './explore.js'
export type { DesignOptions } from './question.js'
