import { must } from '../../base/result.js'
import { check, type Divergence, OracleCache } from '../../conform/oracle/check.js'
import { type Answer, type Call, noLimits } from '../../conform/protocol/messages.js'
import type { TestSetup } from '../../conform/protocol/setting.js'
import type { TranscriptAbout } from '../../conform/protocol/transcript.js'
import type { PageData } from '../data.js'
import { ModelCourse } from '../model-course.js'
import { pageData } from '../page-data.js'
import { runsOfDivergence } from '../runs-of-divergence.js'

const setting: TestSetup = { interface: 'iommufd', kvm: 0, pages: 8, superpage: 4, devices: 2, ...noLimits }

/** For tests: an implementation that finds nothing where it has just mapped a page. */
export const divergence: Divergence = {
  sequence: {
    from: 'random 1',
    setting,
    calls: [
      { call: 'map', iovfn: 0, page: 0, count: 1, permissions: 3, flaw: 'none' },
      { call: 'unmap', iovfn: 0, count: 1, flaw: 'none' },
    ],
  },
  answers: [{ outcome: 'ok' }],
  seen: { outcome: 'ENOENT' },
  allowed: [],
}

export const divergenceAbout: TranscriptAbout = {
  target: 't',
  platforms: ['linux-7.2'],
  observes: ['unmapped', 'data'],
  seed: 1,
  why: 'ENOENT, where the model allows ok',
}

/** For tests: an unmap that leaves the IOTLB alone, so that a device still writes to the page. */
export function keptEntry(): PageData {
  const write = (value: number): Call => ({ call: 'dma-write', device: 0, iovfn: 5, value })
  const calls: readonly Call[] = [
    { call: 'map', iovfn: 4, page: 4, count: 2, permissions: 3, flaw: 'none' },
    write(7),
    { call: 'unmap', iovfn: 4, count: 2, flaw: 'none' },
    { call: 'map', iovfn: 0, page: 0, count: 1, permissions: 3, flaw: 'none' },
    write(9),
  ]
  const oracle = must(new OracleCache(['linux-7.2']).open(setting))
  const right = calls.map((call): Answer => {
    const predictions = oracle.predict(call)
    oracle.commit(predictions, predictions.slice(0, 1))
    return predictions[0]?.answer ?? { outcome: 'ok' }
  })
  const answers = [{ outcome: 'ok' }, ...right.slice(0, -1), right[1] ?? { outcome: 'ok' }]
  const course = new ModelCourse()
  const about = { from: 'an unmap without an invalidation', setting, calls }
  const found = check(oracle, about, { answers, promised: ['unmapped', 'result'] }, course.note)
  if (found === undefined) throw new Error('the model allows a write by an entry that is gone')
  const header = { target: 'linux-without-flush', platforms: ['linux-7.2'], interface: setting.interface }
  return pageData(runsOfDivergence(header, found, course.folded()))
}
