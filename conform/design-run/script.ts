import { Prng } from '../../base/prng.js'
import type { BuiltMachine } from '../../search/machine-config.js'
import type { Call, RaceCall } from '../protocol/messages.js'
import type { TestSetup } from '../protocol/setting.js'
import { type Expects, type GuestRequest, type PlannedCall, type PlannedName, Planner } from './planner.js'

/** When in a conversion a DMA is made: after the guest's request, after one call of the plan, or after the plan. */
export type Moment = 'request' | PlannedName | 'end'

/** What one call of a script is for: it decides how its reply is counted. */
export type CallPurpose =
  | { readonly what: 'boot' | 'call' | 'touch' }
  /** Of a race: pages that are shared before, while and after its calls are made. */
  | { readonly what: 'arm' | 'raced'; readonly page: number }
  | { readonly what: 'begin'; readonly pages: readonly number[] }
  /** `isHole`: the page has no shared frame, so a DMA that succeeds reaches one that no longer backs it. */
  | {
      readonly what: 'dma'
      readonly page: number
      readonly expects: Expects
      readonly isHole: boolean
      readonly moment: Moment
    }
  /** Whether what the DMA before it wrote is in the page's backing. */
  | { readonly what: 'shown'; readonly value: number }
  /** Whether a private page still has the value that the guest wrote. */
  | { readonly what: 'guest'; readonly value: number }

/** Requests to be made in one go, from a fresh container on: a boot, then conversions and DMA. */
export interface Script {
  readonly from: string
  readonly setting: TestSetup
  readonly requests: readonly (Call | RaceCall)[]
  /** One per request, in the same order. */
  readonly marks: readonly CallPurpose[]
  readonly conversions: readonly { readonly to: GuestRequest['to']; readonly isGranted: boolean }[]
  /** Indexed by page. */
  readonly isSharedAtBoot: readonly boolean[]
}

export interface ScriptOptions {
  readonly setting: TestSetup
  readonly seed: number
  /** Number of conversions. */
  readonly length: number
  /** `between`: each DMA begins and ends between two calls. `during`: DMA runs while calls are made. */
  readonly dma: 'between' | 'during'
  /** Estimated duration of one call, in microseconds of the target's clock. Writes of a race are spread over it. */
  readonly callMicroseconds: number
}

/**
 * Writes the script of one run of a design. Each conversion is the design's own plan. With `dma: 'between'` every
 * device makes a DMA before the first call, between any two calls, and after the last; with `dma: 'during'` the calls
 * follow each other without a pause while devices write to pages that stay shared.
 */
export function writeScript(opened: BuiltMachine, options: ScriptOptions): Script {
  return new Writer(opened, options).write()
}

class Writer {
  private readonly prng: Prng
  private readonly planner: Planner
  private readonly requests: (Call | RaceCall)[] = []
  private readonly marks: CallPurpose[] = []
  private readonly conversions: { to: GuestRequest['to']; isGranted: boolean }[] = []
  /** What the guest wrote, by private page. */
  private readonly secrets = new Map<number, number>()

  constructor(
    opened: BuiltMachine,
    private readonly options: ScriptOptions,
  ) {
    this.prng = new Prng(options.seed)
    const { pages } = opened.setup.scope
    if (opened.setup.scope.start === 'private') {
      this.make({ name: 'set-private', first: 0, count: pages }, { what: 'boot' })
      this.make({ name: 'discard-shared', first: 0, count: pages }, { what: 'boot' })
    }
    this.planner = new Planner(opened, (call) => this.make(call, { what: 'boot' }))
  }

  write(): Script {
    const { pages } = this.planner.machine
    const isSharedAtBoot = Array.from({ length: pages }, (_, page) => this.planner.expects(page) === 'shared')
    for (let index = 0; index < this.options.length; index += 1) {
      const request = this.planner.request((end) => this.prng.nextBelow(end))
      if (request === undefined) break
      if (this.options.dma === 'between') this.convert(request)
      else this.race(request)
    }
    const { seed, setting } = this.options
    const { requests, marks, conversions } = this
    return { from: `run ${seed}`, setting, requests, marks, conversions, isSharedAtBoot }
  }

  private convert(request: GuestRequest): void {
    let moment: Moment = 'request'
    const isGranted = this.planner.convert(request, (call) => {
      this.gap(request, moment)
      this.make(call, { what: 'call' })
      moment = call.name
    })
    this.conversions.push({ to: request.to, isGranted })
    if (isGranted) this.guestUses(request)
    this.gap(request, 'end')
    this.guestReads()
  }

  private race(request: GuestRequest): void {
    const pages = this.aims(request)
    const planned: PlannedCall[] = []
    const isGranted = this.planner.convert(request, (call) => planned.push(call))
    const spread = quiet + planned.length * this.options.callMicroseconds
    this.conversions.push({ to: request.to, isGranted })
    for (const [device, page] of pages.entries()) {
      this.add({ call: 'dma-arm', device, iovfn: page, value: this.value() }, { what: 'arm', page })
    }
    const before = Math.floor(this.prng.nextBelow(1 << 20) * 2 ** -20 * Math.min(maxBefore, spread))
    if (pages.length > 0) {
      const ahead = planned.filter((call) => this.canMake(call)).length + 1
      this.add({ call: 'dma-begin', before, ahead }, { what: 'begin', pages })
    }
    for (const call of planned) this.make(call, { what: 'call' })
    for (const [device, page] of pages.entries()) this.add({ call: 'dma-end', device }, { what: 'raced', page })
    for (const [device, page] of pages.entries()) this.dma(device, page, 'end')
    if (isGranted) this.guestUses(request)
    this.guestReads()
  }

  /** A page a device, of those that stay shared. */
  private aims({ page, count, ...request }: GuestRequest): number[] {
    const stays = (one: number) => one < page || one >= page + count
    const near = this.sharedNear({ page, count, ...request }).filter(stays)
    const all = this.sharedBetween(0, this.planner.machine.pages).filter(stays)
    const left = [...new Set([...this.shuffled(near), ...this.shuffled(all)])]
    return left.slice(0, this.options.setting.devices)
  }

  private shuffled(pages: readonly number[]): number[] {
    const keyed = pages.map((page) => ({ page, key: this.prng.nextBelow(1 << 20) }))
    return keyed.sort((a, b) => a.key - b.key).map(({ page }) => page)
  }

  private guestReads(): void {
    for (const [page, value] of this.secrets) this.add({ call: 'guest-read', page }, { what: 'guest', value })
  }

  /** After its conversion the guest uses the pages, which fills them. */
  private guestUses({ page: first, count, to }: GuestRequest): void {
    for (let page = first; page < first + count; page += 1) {
      const value = this.value()
      this.secrets.delete(page)
      if (to === 'shared') {
        this.planner.touchShared(page)
        this.add({ call: this.hasKvm ? 'guest-write' : 'host-write', page, value }, { what: 'touch' })
      } else if (this.hasKvm) {
        this.secrets.set(page, value)
        this.add({ call: 'guest-write', page, value }, { what: 'touch' })
      }
    }
  }

  /** One device tries what is converted, the others what the guest shares, near it for the most part. */
  private gap(request: GuestRequest, moment: Moment): void {
    const near = this.sharedNear(request)
    const all = this.sharedBetween(0, this.planner.machine.pages)
    for (let device = 0; device < this.options.setting.devices; device += 1) {
      const among = near.length > 0 && this.prng.nextBelow(4) > 0 ? near : all
      const own = request.page + this.prng.nextBelow(request.count)
      this.dma(device, device === 0 ? own : (among[this.prng.nextBelow(among.length)] ?? own), moment)
    }
  }

  private dma(device: number, page: number, moment: Moment): void {
    const value = this.value()
    const isHole = this.planner.isHole(page)
    const mark = { what: 'dma', page, expects: this.planner.expects(page), isHole, moment } as const
    this.add({ call: 'dma-write', device, iovfn: page, value }, mark)
    if (!isHole) this.add({ call: 'host-read', page }, { what: 'shown', value })
  }

  private sharedNear({ page, count }: GuestRequest): number[] {
    const per = this.planner.machine.perSuper
    return this.sharedBetween(Math.floor(page / per) * per, Math.ceil((page + count) / per) * per)
  }

  private sharedBetween(first: number, end: number): number[] {
    const pages = Array.from({ length: end - first }, (_, index) => first + index)
    return pages.filter((page) => this.planner.expects(page) === 'shared')
  }

  private canMake(call: PlannedCall): boolean {
    return this.hasKvm || !needsKvm.includes(requestFor(call).call)
  }

  private make(call: PlannedCall, mark: CallPurpose): void {
    if (this.canMake(call)) this.add(requestFor(call), mark)
  }

  private add(request: Call | RaceCall, mark: CallPurpose): void {
    this.requests.push(request)
    this.marks.push(mark)
  }

  private get hasKvm(): boolean {
    return this.options.setting.kvm === 1
  }

  private value(): number {
    return 1 + this.prng.nextBelow(255)
  }
}

/** Microseconds around all calls; and the longest lead of `dma-begin`. */
const quiet = 20
const maxBefore = 90_000

/** Without a virtual machine there are no attributes, and nothing private. */
const needsKvm: readonly Call['call'][] = ['set-attributes', 'punch-private']

/** A call of a plan in the words of the protocol. */
function requestFor({ name, first, count }: PlannedCall): Call {
  switch (name) {
    case 'map':
      return { call: 'map', iovfn: first, page: first, count, permissions: 3, flaw: 'none' }
    case 'unmap':
      return { call: 'unmap', iovfn: first, count, flaw: 'none' }
    case 'set-private':
      return { call: 'set-attributes', page: first, count, to: 'private' }
    case 'set-shared':
      return { call: 'set-attributes', page: first, count, to: 'shared' }
    case 'discard-shared':
      return { call: 'punch-hole', page: first, count }
    case 'discard-private':
      return { call: 'punch-private', page: first, count }
  }
}
