import type { Call } from '../protocol/messages.js'
import type { Sequence } from '../protocol/sequence.js'
import { type TestTarget, testSetupOf } from '../protocol/setting.js'

/** Where a device is: in a domain, or in none. */
type Place = 0 | 1 | 'none'
const places: readonly Place[] = [0, 1, 'none']
const nameOf = (place: Place): string => (place === 'none' ? 'no domain' : `domain ${place}`)

const attach = (device: number, domain: number): Call => ({ call: 'attach', device, domain })
const replace = (device: number, domain: number): Call => ({ call: 'replace', device, domain })
const detach = (device: number): Call => ({ call: 'detach', device })

const moves: readonly (readonly [name: string, move: (device: number) => Call])[] = [
  ['attach to domain 0', (device) => attach(device, 0)],
  ['attach to domain 1', (device) => attach(device, 1)],
  ['replacement by domain 0', (device) => replace(device, 0)],
  ['replacement by domain 1', (device) => replace(device, 1)],
  ['detach', detach],
]

/** After a reset every device is in domain 0. */
const bring = (device: number, place: Place): Call[] => {
  if (place === 0) return []
  return place === 1 ? [replace(device, 1)] : [detach(device)]
}

const map = (domain: number, iovfn: number, count: number, permissions = 3): Call => {
  return { call: 'map', iovfn, page: iovfn, count, permissions, flaw: 'none', domain }
}
const unmap = (domain: number, iovfn: number, count: number): Call => {
  return { call: 'unmap', iovfn, count, flaw: 'none', domain }
}
/** An access caches what is there. */
const touch = (devices: readonly number[], pages: readonly number[]): Call[] =>
  devices.flatMap((device) => pages.map((iovfn): Call => ({ call: 'dma-read', device, iovfn })))

const look = (devices: readonly number[], pages: readonly number[]): Call[] =>
  devices.flatMap((device) =>
    pages.flatMap((iovfn): Call[] => [
      { call: 'dma-write', device, iovfn, value: 100 + 50 * device + iovfn },
      { call: 'host-read', page: iovfn },
      { call: 'dma-read', device, iovfn },
    ]),
  )

/** What the domains have: leaves in one of them, in the other, in both with other rights; small, and superpages. */
interface Tables {
  readonly name: string
  readonly maps: readonly Call[]
  readonly seen: readonly number[]
}

function tablesOf(superpage: number, pages: number): Tables[] {
  const small: Tables = {
    name: 'small leaves',
    maps: [map(0, 0, 1), map(1, 1, 1), map(0, 2, 1, 1), map(1, 2, 1, 3), map(0, 3, 1), map(1, 3, 1)],
    seen: [0, 1, 2, 3],
  }
  if (superpage < 4 || pages < 3 * superpage) return pages < 4 ? [] : [small]
  const [second, third] = [superpage, 2 * superpage]
  const large: Tables = {
    name: 'superpages',
    maps: [map(0, 0, third), map(1, second, third, 1), map(1, 1, 1)],
    seen: [0, 1, second, third - 1, third],
  }
  return [small, large]
}

/**
 * The fixed list for devices that come to a domain and leave it: each call in each state, with what was cached before;
 * and what changes in a domain while a device is away.
 */
export function domainCases(testTarget: TestTarget): Sequence[] {
  const setting = testSetupOf(testTarget, {})
  const { superpage, pages } = setting
  const devices = Array.from({ length: setting.devices }, (_, device) => device)
  return tablesOf(superpage, pages).flatMap((tables) =>
    [...moveCases(devices, tables), ...awayCases(devices, tables), ...otherCases(devices, tables)].map(
      ([from, calls]) => ({ from: `boundary ${from}, ${tables.name}`, setting, calls }),
    ),
  )
}

type Case = readonly [from: string, calls: readonly Call[]]

/** Each call of each state, twice: the second must find what the first left. */
function moveCases(devices: readonly number[], { maps, seen }: Tables): Case[] {
  return places.flatMap((place) =>
    moves.map(([name, move]): Case => {
      const before = [...maps, ...bring(0, place), ...touch(devices, seen)]
      const again = [move(0), ...look(devices, seen)]
      return [`${name}, of a device in ${nameOf(place)}`, [...before, ...again, ...again]]
    }),
  )
}

/** What the device's unit keeps of the domain that it left is gone when it returns, whatever was changed meanwhile. */
function awayCases(devices: readonly number[], { maps, seen }: Tables): Case[] {
  return ([0, 1] as const).flatMap((home) =>
    (['none', 1 - home] as readonly Place[]).flatMap((away) =>
      devices.map((leaving): Case => {
        // the devices up to this one leave: some, or all of them
        const gone = devices.slice(0, leaving + 1)
        const change = seen.flatMap((iovfn, index) =>
          index % 2 === 0 ? [unmap(home, iovfn, 1)] : [unmap(home, iovfn, 1), map(home, iovfn, 1, 1)],
        )
        const calls = [
          ...maps,
          ...devices.flatMap((device) => bring(device, home)),
          ...touch(devices, seen),
          ...gone.map((device) => (away === 'none' ? detach(device) : replace(device, Number(away)))),
          ...touch(devices, seen),
          ...change,
          ...gone.map((device) => (away === 'none' ? attach(device, home) : replace(device, home))),
          ...look(devices, seen),
        ]
        return [`return to ${nameOf(home)} of ${gone.length} from ${nameOf(away)}`, calls]
      }),
    ),
  )
}

/** A call on one domain takes nothing from a device in the other, and all from one in its own. */
function otherCases(devices: readonly number[], { maps, seen }: Tables): Case[] {
  const last = devices.length - 1
  return places.flatMap((place) =>
    ([0, 1] as const).flatMap((domain): Case[] => {
      const before = [...maps, ...bring(last, place), ...touch(devices, seen)]
      const all = seen.map((iovfn) => unmap(domain, iovfn, 1))
      const where = `in domain ${domain}, with a device in ${nameOf(place)}`
      return [
        [`unmap ${where}`, [...before, ...all, ...look(devices, seen)]],
        [`map ${where}`, [...before, ...seen.map((iovfn) => map(domain, iovfn, 1)), ...look(devices, seen)]],
      ]
    }),
  )
}
