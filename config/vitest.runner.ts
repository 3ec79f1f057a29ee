import { type TestContext, TestRunner } from 'vitest'

const seedInName = / \(with seed=-?\d+\)$/

/**
 * Takes the seed out of the names that `test.prop` gives to tests, so that a test keeps its name from run to run.
 * The seed is not lost: the run prints it, and a failure's message has seed and path.
 */
export default class StableNames extends TestRunner {
  override extendTaskContext(context: TestContext): TestContext {
    const { task } = context
    Object.assign(task, {
      name: task.name.replace(seedInName, ''),
      fullName: task.fullName.replace(seedInName, ''),
      fullTestName: task.fullTestName.replace(seedInName, ''),
    })
    return super.extendTaskContext(context)
  }
}
