import { counted } from '../../base/plural.js'
import type { Problem } from '../../base/result.js'
import { type Call, type Hello, noLimits } from '../protocol/messages.js'
import type { Sequence } from '../protocol/sequence.js'
import { superpageOf } from '../protocol/setting.js'
import { isClosedLast, validateCall } from '../protocol/validate-call.js'
import { canAsk } from './sept/random.js'

/** Something that a sequence needs, in words, and whether it is there. */
type Need = readonly [what: string, isThere: boolean]
type Asked = Pick<Sequence, 'setting' | 'calls' | 'earlier'>

/** Whether a target can be asked the whole sequence, according to its hello. */
export const canBeAsked = (hello: Hello, sequence: Asked): boolean => whyNotAsked(hello, sequence) === undefined

/** The first need of a sequence that a target does not meet; undefined if the target can be asked. */
export function whyNotAsked(hello: Hello, { setting, calls, earlier = [] }: Asked): Problem | undefined {
  const missing = (needs: readonly Need[]) => needs.find(([, isThere]) => !isThere)?.[0]
  const what =
    missing(settingNeeds(hello, setting)) ?? calls.map((call) => missing(callNeeds(hello, setting, call))).find(Boolean)
  if (what !== undefined) return { message: `it needs ${what}` }
  if (!isClosedLast(calls)) return { message: 'it has calls behind a close' }
  const wrong = calls.map((call) => validateCall(setting, call)).find(Boolean)
  return wrong ?? earlier.map((one) => whyNotAsked(hello, one)).find(Boolean)
}

function settingNeeds({ interfaces, limits, superpages, ...hello }: Hello, setting: Asked['setting']): Need[] {
  const { interface: on, kvm, pages, superpage, devices, entries, memlock, vcpus = 1, domains = 1 } = setting
  const sizes = superpages?.split(' ').map(Number)
  // only a page table shows how large they are: a kernel has its own, whatever the reset says
  const isSize = on !== 'page-table' || sizes === undefined || sizes.includes(superpage)
  return [
    [`the interface ${on}`, interfaces.includes(on)],
    ['the interface kvm', kvm === 0 || interfaces.includes('kvm')],
    [`${counted(pages, 'page')}; there are ${hello.pages}`, pages <= hello.pages],
    [`${counted(devices, 'device')}; there are ${hello.devices}`, devices <= hello.devices],
    [`${counted(domains, 'domain')}; there are ${hello.domains ?? 1}`, domains <= (hello.domains ?? 1)],
    [`${counted(vcpus, 'vCPU')}; there are ${hello.vcpus ?? 1}`, vcpus <= (hello.vcpus ?? 1)],
    [
      `superpages of ${counted(superpage, 'page')}; there are ${superpages}`,
      isSize || superpage === superpageOf({ superpages }),
    ],
    ['a limit of entries, which cannot be set', entries === noLimits.entries || limits.includes('entries')],
    ['a limit of locked pages, which cannot be set', memlock === noLimits.memlock || limits.includes('memlock')],
  ]
}

const ofMemory: readonly Call['call'][] = ['host-read', 'host-write']

/** What a call needs of a target; whether its interface has the call is `validateCall`. */
function callNeeds({ flaws, observes }: Hello, { interface: on, pages }: Asked['setting'], call: Call): Need[] {
  const flaw = 'flaw' in call ? call.flaw : 'none'
  const isBlind = on === 'page-table' && !observes.includes('data')
  const reach = reachOf(call)
  return [
    [`the flaw ${flaw}`, flaw === 'none' || flaws.includes(flaw)],
    [`the call ${call.call}`, canAsk({ observes }, call)],
    ['memory that is observed', !isBlind || !ofMemory.includes(call.call)],
    [`${counted(reach, 'page')} in a container; it has ${pages}`, reach <= pages],
  ]
}

/** The smallest container, in pages or frames, in which a call can be made. */
function reachOf(call: Call): number {
  const { iovfn = 0, page = 0, frame = 0, count = 1 }: Partial<Record<string, unknown>> = { ...call }
  return Math.max(Number(iovfn) + Number(count), Number(page) + Number(count), Number(frame) + 1)
}
