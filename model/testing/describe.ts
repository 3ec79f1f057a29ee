import { isSuperpage, leafFrame, leafPermissions } from '../actions/vtd/page-table.js'
import { keyDomain, keyFirst, keyIsLarge } from '../actions/vtd/tlb.js'
import type { Machine } from '../machine/machine.js'
import { reg } from '../machine/registers.js'
import { Attr, Dma, Owner, Phase, Sept, type State } from '../machine/state.js'

const nameOf = (names: Readonly<Record<string, number>>, value: number) =>
  Object.keys(names).find((name) => names[name] === value) ?? String(value)

/** A state for people: only what is not at rest. Derived, never stored. */
export function describe(m: Machine, s: State): string {
  return [...pages(m, s), ...tables(m, s), ...caches(m, s), ...devices(m, s), ...vcpus(m, s), totals(s)].join('\n')
}

function pages(m: Machine, s: State): string[] {
  return Array.from({ length: m.pages }, (_, gfn) => {
    const shared = s.sharedFrame[gfn] === 0 ? '-' : frame(s, s.sharedFrame[gfn] - 1)
    const priv = s.privateFrame[gfn] === 0 ? '-' : frame(s, s.privateFrame[gfn] - 1)
    const sept = s.sept.length > 0 ? ` sept=${nameOf(Sept, s.sept[gfn])}` : ''
    const orphans = s.orphans[gfn] > 0 ? ` orphans=${s.orphans[gfn]}` : ''
    const told = ['private', 'shared', 'leaving'][s.guestView[gfn]]
    return `gfn ${gfn}: ${nameOf(Attr, s.attr[gfn])} told=${told} shared=${shared} private=${priv}${sept}${orphans}`
  })
}

function frame(s: State, at: number): string {
  const pins = s.pins[at] > 0 ? `*${s.pins[at]}` : ''
  return `${at}(${nameOf(Owner, s.owner[at])}${pins})`
}

const leaf = (value: number) =>
  value === 0 ? 'not present' : `frame ${leafFrame(value)} ${['--', 'r-', '-w', 'rw'][leafPermissions(value)]}`

function tables(m: Machine, s: State): string[] {
  return Array.from(s.pde, (pde, at) => ({ pde, at })).flatMap(({ pde, at }) => {
    const where = `domain ${Math.floor(at / m.regions)} region ${at % m.regions}`
    if (pde === 0) return []
    if (isSuperpage(pde)) return [`${where}: superpage ${leaf(pde)}`]
    const first = (at * 2 + pde - 1) * m.perSuper
    const leaves = Array.from(s.pte.subarray(first, first + m.perSuper), (pte) => (pte === 0 ? '-' : leaf(pte)))
    return [`${where}: table ${pde} [${leaves.join(', ')}]`]
  })
}

function caches(m: Machine, s: State): string[] {
  return Array.from(s.iotlbKey, (key, slot) => ({ key, slot })).flatMap(({ key, slot }) => {
    if (key === 0) return []
    const size = keyIsLarge(key) ? ' superpage' : ''
    return [`IOTLB ${slot}: domain ${keyDomain(m, key)} iovfn ${keyFirst(m, key)}${size} ${leaf(s.iotlbLeaf[slot])}`]
  })
}

function devices(m: Machine, s: State): string[] {
  return Array.from({ length: m.scope.devices }, (_, device) => device).flatMap((device) => {
    if (s.dma[device] === Dma.Idle) return []
    const access = s.dmaWrite[device] ? 'write' : 'read'
    const to = s.dmaFrame[device] === 0 ? '' : ` frame ${s.dmaFrame[device] - 1}`
    return [`device ${device}: ${nameOf(Dma, s.dma[device])} ${access} gfn ${s.dmaGfn[device]}${to}`]
  })
}

function vcpus(m: Machine, s: State): string[] {
  return Array.from({ length: m.scope.vcpus }, (_, vcpu) => vcpu).flatMap((vcpu) => {
    if (s.phase[vcpu] === Phase.Idle) return []
    const first = reg('requestFirst')(m, s, vcpu)
    const end = reg('requestEnd')(m, s, vcpu)
    const what = end === 0 ? 'a call' : `pages ${first}..${end - 1}`
    return [`vCPU ${vcpu}: ${nameOf(Phase, s.phase[vcpu])} ${what} at ${m.program.code[s.pc[vcpu]].label}`]
  })
}

function totals(s: State): string {
  return `mappings ${s.mappings[0]} entries ${s.entriesUsed[0]} locked ${s.lockedPages[0]} pinned ${s.pinnedPages[0]}`
}
