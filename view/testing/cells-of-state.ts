import { isUsable, isVerified, walkedFrame } from '../../model/actions/trusted/trusted-paths.js'
import type { Machine } from '../../model/machine/machine.js'
import { Attr, Dma, Owner, Sept, type State, Table } from '../../model/machine/state.js'
import { tablesOf, unitOf } from '../../model/memory/dma-outcome.js'
import {
  isSuperpage,
  leafAt,
  leafFrame,
  leafPermissions,
  pdeIndex,
  walkedLeafAt,
  walkedPde,
} from '../../model/memory/page-table.js'
import { keyDomain, keyFirst, keyIsLarge } from '../../model/memory/tlb.js'
import { vcpuKeyGfn, vcpuKeyIsPrivate } from '../../model/memory/tlb-tracking.js'
import { GuestView } from '../../model/plan/interpreter.js'

/** For tests: a cell as the model's own functions say it: what is in it, whether it is stale, whether it is wrong. */
export interface Said {
  readonly text: string
  readonly marks: number
}

interface Found {
  readonly text: string
  readonly stale?: boolean
  /** Frame + 1 that it leads to; 0 is none. */
  readonly frame?: number
  /** Of a vCPU's: the side of the page by which it leads there. */
  readonly side?: 'private' | 'shared'
  /** Of a trusted device's, where it is not decided by the frame alone. */
  readonly wrong?: boolean
}

/** Reads the layers of pages of a state, without what the viewer reads them by. */
export class StateReader {
  constructor(
    private readonly m: Machine,
    private readonly s: State,
  ) {}

  /** The cell of a layer by its key, for one page. */
  cell(key: string, page: number): Said {
    const { s } = this
    switch (key) {
      case 'attribute':
        return plain(s.attr[page] === Attr.Private ? 'private' : 'shared')
      case 'told':
        return plain(nameOf(GuestView, s.guestView[page]).replace('becoming', 'becoming '))
      case 'sept':
        return this.sept(page)
      case 'shared':
        return plain(frameText(s.sharedFrame[page]))
      case 'private':
        return plain(frameText(s.privateFrame[page]))
      case 'owner':
        return plain(
          this.frames(page)
            .map((f) => `${frameText(f)} ${ownerWord(s.owner[f - 1])}`)
            .join(', ') || '–',
        )
      case 'pins':
        return this.pins(page)
      case 'mapping':
        return plain(this.mapping(page))
      default:
        return this.join(key, page)
    }
  }

  private sept(page: number): Said {
    const { s } = this
    const { text } = plain(septWords[nameOf(Sept, s.sept[page])] ?? '?')
    const isLed = s.sept[page] !== Sept.Free
    return { text, marks: isLed && s.owner[s.privateFrame[page] - 1] !== Owner.Td ? 2 : 0 }
  }

  private found(key: string, page: number): Found[] {
    const slots = { iotlb: 'iotlbKey', devtlb: 'devtlbKey' } as const
    if (key === 'iotlb' || key === 'devtlb') return this.tlb(slots[key], page)
    if (key === 'iommu') return this.tables(page)
    if (key === 'walk') return this.walkCache(page)
    if (key === 'trusted') return this.trusted(page)
    if (key === 'trustedtlb') return this.trustedTlb(page)
    return key === 'dma' ? this.dma(page) : this.vcpuTlb(page)
  }

  private join(key: string, page: number): Said {
    const found = this.found(key, page)
    const stale = found.some((one) => one.stale === true) ? 1 : 0
    const isWrong = ({ frame = 0, side, wrong }: Found) => wrong ?? (frame > 0 && !this.isRight(page, frame, side))
    const wrong = found.some(isWrong) ? 2 : 0
    return { text: found.map(({ text }) => text).join(', ') || '–', marks: stale + wrong }
  }

  private isRight(page: number, frame: number, side: Found['side']): boolean {
    if (side !== undefined) return this.s.owner[frame - 1] === (side === 'private' ? Owner.Td : Owner.Host)
    return this.s.owner[frame - 1] === Owner.Host && this.s.sharedFrame[page] === frame
  }

  private frames(page: number): number[] {
    const { s } = this
    const reached = ['iommu', 'iotlb', 'devtlb', 'trusted', 'trustedtlb', 'dma', 'vcputlb'].flatMap((key) =>
      this.found(key, page),
    )
    const held = [s.sharedFrame[page], s.privateFrame[page], s.pinnedFrame[page], s.secondPin[page] ?? 0]
    const all = [...held, ...reached.map(({ frame = 0 }) => frame)]
    return [...new Set(all)].filter((frame) => frame > 0).sort((a, b) => a - b)
  }

  private pins(page: number): Said {
    const { s } = this
    const mine = s.pinnedFrame[page]
    const pinned = this.frames(page).filter((frame) => s.pins[frame - 1] > 0 || frame === mine)
    const text = pinned.map((frame) => `${frameText(frame)} ×${s.pins[frame - 1]}`).join(', ') || '–'
    return { text, marks: mine > 0 && s.pins[mine - 1] === 0 ? 2 : 0 }
  }

  private mapping(page: number): string {
    const { s } = this
    if (s.mapOf[page] === 0) return '–'
    const start = s.mapOf[page] - 1
    return s.mapLength[start] === 1 ? `${start}` : `${start}..${start + s.mapLength[start] - 1}`
  }

  private domainName(domain: number): string {
    return this.m.domains > 1 ? `domain ${domain}: ` : ''
  }

  private unitName(unit: number): string {
    return this.m.scope.units > 1 ? `unit ${unit}: ` : ''
  }

  private leafText(leaf: number, large: boolean): string {
    if (leaf === 0) return '–'
    const kilobytes = (large ? this.m.perSuper : 1) * 4
    return `${kilobytes}k ${frameText(leafFrame(leaf) + 1)} ${['', 'r', 'w', 'rw'][leafPermissions(leaf)]}`
  }

  private tables(page: number): Found[] {
    const { m, s } = this
    return [...Array(m.domains).keys()].flatMap((domain): Found[] => {
      const at = pdeIndex(m, domain, page)
      const [written, seen] = [leafAt(m, s, domain, page), walkedLeafAt(m, s, domain, page)]
      const [large, seenLarge] = [isSuperpage(s.pde[at]), isSuperpage(walkedPde(m, s, at))]
      const found: Found[] = []
      const name = this.domainName(domain)
      if (written !== 0) found.push({ text: `${name}${this.leafText(written, large)}`, frame: written >>> 2 })
      if (written === seen && large === seenLarge) return found
      const text = `${name}IOMMU sees ${this.leafText(seen, seenLarge)}`
      return [...found, { text, frame: seen >>> 2, stale: true }]
    })
  }

  private tlb(view: 'iotlbKey' | 'devtlbKey', page: number): Found[] {
    const { m, s } = this
    return [...s[view]].flatMap((key, slot): Found[] => {
      const large = keyIsLarge(key)
      const first = keyFirst(m, key)
      if (key === 0 || page < first || page >= first + (large ? m.perSuper : 1)) return []
      const owner = Math.floor(slot / m.scope.iotlbEntries)
      const isDevice = view === 'devtlbKey'
      const kept = (isDevice ? s.devtlbLeaf : s.iotlbLeaf)[slot]
      const leaf = kept === 0 ? 0 : kept + (page - first) * 4
      const domain = isDevice ? tablesOf(s, owner) : keyDomain(m, key)
      const now = domain < 0 ? 0 : walkedLeafAt(m, s, domain, page)
      const said = leaf === 0 && !isDevice ? 'not present' : this.leafText(leaf, large)
      const name = isDevice ? `device ${owner}: ` : `${this.unitName(owner)}${this.domainName(domain)}`
      return [{ text: `${name}${said}`, frame: leaf >>> 2, stale: now !== leaf }]
    })
  }

  private walkCache(page: number): Found[] {
    const { m, s } = this
    return [...s.walkCache].flatMap((value, slot): Found[] => {
      const at = (value - 1) >>> 1
      if (value === 0 || ![...Array(m.domains).keys()].some((domain) => pdeIndex(m, domain, page) === at)) return []
      const linked = walkedPde(m, s, at)
      const word = { Free: 'free', Linked: 'linked', Unlinked: 'unlinked', Filling: 'being filled' }
      const state = word[nameOf(Table, s.table[value - 1], (name) => name) as keyof typeof word]
      const unit = this.unitName(Math.floor(slot / m.scope.walkCacheEntries))
      return [{ text: `${unit}table ${value - 1}, ${state}`, stale: linked !== ((value - 1) % 2) + 1 }]
    })
  }

  private dma(page: number): Found[] {
    const { s } = this
    return [...s.dma].flatMap((stage, device): Found[] => {
      if (stage === Dma.Idle || s.dmaGfn[device] !== page) return []
      const half = s.dmaOther[device] === 1 ? ' in the other half' : ''
      const text = `device ${device}: ${s.dmaWrite[device] === 1 ? 'write' : 'read'}${half}`
      const frame = s.dmaFrame[device]
      const isTrusted = stage >= Dma.TrustedIssued
      const side = s.dmaPrivate[device] === 1 ? 'private' : 'shared'
      const said = isTrusted ? `${text} ${side}` : text
      if (stage === Dma.Issued || stage === Dma.TrustedIssued || frame === 0) return [{ text: said }]
      const wrong = isTrusted ? { wrong: this.strays(page, frame, side === 'private') } : {}
      return [{ text: `${said} at ${frameText(frame)}`, frame, ...wrong }]
    })
  }

  /** Whether a frame is not the one that a trusted device may reach by an address of the page. */
  private strays(page: number, frame: number, isPrivate: boolean): boolean {
    const { s } = this
    if (!isPrivate) return s.owner[frame - 1] !== Owner.Host
    return s.owner[frame - 1] !== Owner.Td || s.privateFrame[page] !== frame
  }

  private ofTrusted(page: number, frame: number, isPrivate: boolean, unit: number): Found {
    const { m, s } = this
    const all = [...Array(m.trusted).keys()].filter((device) => unit < 0 || unitOf(m, device) === unit)
    const users = all.filter((device) => isUsable(s, device))
    const entry = nameOf(Sept, s.sept[page], (name) => name)
    const isAccepted = m.rmp || entry === 'Mapped' || entry === 'Blocked' || s.released[page] === 1
    const isHeld = isPrivate && (!isAccepted || users.some((device) => !isVerified(s, device)))
    const text = `${isPrivate ? 'private' : 'shared'} ${frameText(frame)}${users.length === 0 ? ', off' : ''}`
    return { text, frame, wrong: users.length > 0 && (this.strays(page, frame, isPrivate) || isHeld) }
  }

  private trusted(page: number): Found[] {
    return [true, false].flatMap((isPrivate): Found[] => {
      const frame = walkedFrame(this.m, this.s, page, isPrivate) + 1
      return frame === 0 ? [] : [this.ofTrusted(page, frame, isPrivate, -1)]
    })
  }

  private trustedTlb(page: number): Found[] {
    const { m, s } = this
    return [...s.trustedKey].flatMap((key, slot): Found[] => {
      if (key === 0 || vcpuKeyGfn(key) !== page) return []
      const [isPrivate, frame] = [vcpuKeyIsPrivate(key), s.trustedFrame[slot]]
      const unit = Math.floor(slot / m.scope.iotlbEntries)
      const found = this.ofTrusted(page, frame, isPrivate, unit)
      const stale = walkedFrame(m, s, page, isPrivate) + 1 !== frame
      return [{ ...found, text: `${this.unitName(unit)}${found.text}`, stale }]
    })
  }

  private vcpuTlb(page: number): Found[] {
    const { m, s } = this
    return [...s.vcpuTlb].flatMap((key, slot): Found[] => {
      if (key === 0 || vcpuKeyGfn(key) !== page) return []
      const side = vcpuKeyIsPrivate(key) ? 'private' : 'shared'
      const frame = s.vcpuTlbFrame[slot]
      const isGone = side === 'private' && s.sept.length > 0 && s.sept[page] !== Sept.Mapped
      const stale = isGone || (side === 'private' ? s.privateFrame : s.sharedFrame)[page] !== frame
      const vcpu = Math.floor(slot / m.scope.vcpuTlbEntries)
      return [{ text: `vCPU ${vcpu}: ${side} ${frameText(frame)}`, stale, frame, side }]
    })
  }
}

const septWords: Readonly<Record<string, string>> = {
  free: '–',
  pending: 'pending',
  mapped: 'mapped',
  pendingblocked: 'pending, blocked',
  blocked: 'blocked',
}

const plain = (text: string): Said => ({ text, marks: 0 })
const frameText = (held: number): string => (held === 0 ? '–' : `f${held - 1}`)
const ownerWord = (owner: number): string =>
  ({ Free: 'free', Host: 'host', Td: 'TD', Removed: 'removed' })[nameOf(Owner, owner, (name) => name)] ?? '?'

function nameOf(
  values: Readonly<Record<string, number>>,
  value: number,
  word = (name: string) => name.toLowerCase(),
): string {
  return word(Object.keys(values).find((name) => values[name] === value) ?? '?')
}
