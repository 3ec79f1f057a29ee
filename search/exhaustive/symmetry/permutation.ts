import type { Machine } from '../../../model/machine/machine.js'

/** One way to exchange pages: where each page, each superpage and each frame + 1 goes. */
export interface Permutation {
  readonly page: Uint16Array
  /** Which page comes to each place. */
  readonly from: Uint16Array
  readonly region: Uint16Array
  readonly frame: Uint16Array
}

/** @param page where each page goes: superpages stay whole */
export function permutationOf(m: Machine, frames: number, page: readonly number[]): Permutation {
  const region = Array.from({ length: m.regions }, (_, at) => Math.floor(page[at * m.perSuper] / m.perSuper))
  const frame = Array.from({ length: frames }, (_, at) => at - (at % m.pages) + page[at % m.pages] + 1)
  const from = page.map((_, to) => page.indexOf(to))
  const [toPage, toRegion, toFrame] = [page, region, [0, ...frame]].map((map) => Uint16Array.from(map))
  return { page: toPage, from: Uint16Array.from(from), region: toRegion, frame: toFrame }
}
