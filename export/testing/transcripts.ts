import { must } from '../../base/result.js'
import { check, OracleCache } from '../../conform/oracle/check.js'
import { type Answer, type Call, noLimits } from '../../conform/protocol/messages.js'
import type { TestSetup } from '../../conform/protocol/setting.js'
import { ModelCourse } from '../../view/model-course.js'
import type { CheckedTranscript } from '../transcript/checked.js'

const setting: TestSetup = { interface: 'iommufd', kvm: 0, pages: 8, superpage: 4, devices: 2, ...noLimits }
const write = (device: number, value: number): Call => ({ call: 'dma-write', device, iovfn: 5, value })
const unmap: Call = { call: 'unmap', iovfn: 4, count: 2, flaw: 'none' }
const map: Call = { call: 'map', iovfn: 4, page: 4, count: 2, permissions: 3, flaw: 'none' }

/** For tests: the replies of the model, and what a target says in the place of the last one. */
export function checkedCalls(target: string, calls: readonly Call[], last?: Answer | 'died'): CheckedTranscript {
  const oracle = must(new OracleCache(['linux-7.2']).open(setting))
  const right = calls.map((call): Answer => {
    const predictions = oracle.predict(call)
    oracle.commit(predictions, predictions.slice(0, 1))
    return predictions[0]?.answer ?? { outcome: 'ok' }
  })
  const kept = last === undefined ? right : right.slice(0, -1)
  const replies: Answer[] = [{ outcome: 'ok' }, ...kept, ...(last === undefined || last === 'died' ? [] : [last])]
  const failure = { kind: 'died', message: 'the target died', stderr: '' } as const
  const course = new ModelCourse()
  const sequence = { from: 'a test', setting, calls }
  const seen = { answers: replies, promised: [], ...(last === 'died' ? { failure } : {}) }
  const found = check(oracle, sequence, seen, course.note)
  const header = { target, interface: setting.interface, platforms: ['linux-7.2'] }
  return { header, sequence, replies, found, folded: course.folded() }
}

/** For tests: an unmap that finds nothing where two pages were just mapped, and a device that wrote to one of them. */
export const lostMapping = (target = 'linux-7.2'): CheckedTranscript =>
  checkedCalls(target, [map, write(1, 7), unmap], { outcome: 'ENOENT' })

/** For tests: the same, of a target that dies. */
export const diedThere = (): CheckedTranscript => checkedCalls('linux-7.2', [map, write(1, 7), unmap], 'died')

/** For tests: replies that the model allows. */
export const allRight = (): CheckedTranscript => checkedCalls('linux-7.2', [map, write(0, 7), unmap])

/** For tests: the same calls, so many times one after the other, and one that is answered wrongly. */
export const longTranscript = (times: number): CheckedTranscript =>
  checkedCalls('linux-7.2', [...Array.from({ length: times }, () => [map, write(0, 7), unmap]).flat(), map], {
    outcome: 'EEXIST',
  })
