import type { Platform } from '../../model/machine/platform.js'
import { Owner, Sept } from '../../model/machine/values.js'
import { deviceTlbCell, dmaCell, iommuCell, iotlbCell, vcpuTlbCell, walkCacheCell } from './caches.js'
import { type CellPart, join, type MapCell, plain } from './cell.js'
import type { StateHistory } from './memory.js'
import { frameName, type StatePage } from './place.js'
import { trustedCell, trustedTlbCell } from './trusted.js'

/** One column of the page map. */
export interface Layer {
  readonly key: string
  readonly title: string
  /** What its cells say, in a sentence. */
  readonly says: string
  /** A view without elements is one of a part that the machine has not. */
  readonly view: string
  readonly cell: (place: StatePage) => MapCell
}

const word =
  (view: string, words: readonly string[]) =>
  ({ memory, page }: StatePage): MapCell =>
    plain(words[memory.at(view, page)] ?? '?')

const frame =
  (view: string) =>
  (place: StatePage): MapCell => {
    const held = place.memory.at(view, place.page)
    return plain(held === 0 ? '–' : frameName(held - 1, place))
  }

const ownerWords = ['free', 'host', 'TD', 'removed']

const reachingCells = [iommuCell, iotlbCell, deviceTlbCell, trustedCell, trustedTlbCell, dmaCell, vcpuTlbCell]

/** Every frame that a layer of the page names. */
export function framesOf(place: StatePage): number[] {
  const { memory, page } = place
  const held = ['sharedFrame', 'privateFrame', 'pinnedFrame', 'secondPin'].map((view) => memory.at(view, page) - 1)
  const reached = reachingCells.flatMap((of) => of(place).frames ?? [])
  return [...new Set([...held, ...reached])].filter((one) => one >= 0).sort((a, b) => a - b)
}

const septWords = ['–', 'pending', 'mapped', 'pending, blocked', 'blocked']

/** An entry leads to the private frame of the page, which is the guest's. */
function septCell({ memory, page }: StatePage): MapCell {
  const entry = memory.at('sept', page)
  const frame = memory.at('privateFrame', page) - 1
  const isRight = frame >= 0 && memory.at('owner', frame) === Owner.Td
  return { ...plain(septWords[entry] ?? '?'), isWrong: entry !== Sept.Free && !isRight }
}

function ownerCell(place: StatePage): MapCell {
  const said = framesOf(place).map((one) => `${frameName(one, place)} ${ownerWords[place.memory.at('owner', one)]}`)
  return plain(said.join(', ') || '–')
}

function pinsCell(place: StatePage): MapCell {
  const { memory, page } = place
  const mine = memory.at('pinnedFrame', page) - 1
  const said = framesOf(place).flatMap((one): CellPart[] => {
    const pins = memory.at('pins', one)
    if (pins === 0 && one !== mine) return []
    return [{ text: `${frameName(one, place)} ×${pins}`, isWrong: one === mine && pins === 0, frame: one }]
  })
  return join(said)
}

function mappingCell({ memory, page, count }: StatePage): MapCell {
  const start = memory.at('mapOf', page) - 1
  if (start < 0) return plain('–')
  const length = memory.at('mapLength', start)
  if (start + length >= page + count) return plain(length === 1 ? `${start}` : `${start}..${start + length - 1}`)
  return plain(length === 1 ? 'a page each' : `${length} pages each`)
}

/** The layers of the page map, in the order of their columns: what the host says, what it holds, what devices reach. */
export const layers: readonly Layer[] = [
  {
    key: 'attribute',
    title: 'Attribute',
    says: "KVM's record of whether the page is private.",
    view: 'attr',
    cell: word('attr', ['shared', 'private']),
  },
  {
    key: 'told',
    title: 'Guest told',
    says: 'What the guest was told last about the page.',
    view: 'guestView',
    cell: word('guestView', ['private', 'shared', 'becoming private']),
  },
  {
    key: 'sept',
    title: 'Secure EPT',
    says: 'The entry of the secure EPT.',
    view: 'sept',
    cell: septCell,
  },
  {
    key: 'shared',
    title: 'Shared frame',
    says: 'The frame that backs the shared side of the page.',
    view: 'sharedFrame',
    cell: frame('sharedFrame'),
  },
  {
    key: 'private',
    title: 'Private frame',
    says: 'The frame that backs the private side of the page.',
    view: 'privateFrame',
    cell: frame('privateFrame'),
  },
  {
    key: 'owner',
    title: 'Owner',
    says: 'Whose each frame is that a layer of the page names.',
    view: 'owner',
    cell: ownerCell,
  },
  { key: 'pins', title: 'Pins', says: 'DMA pins of those frames.', view: 'pins', cell: pinsCell },
  {
    key: 'mapping',
    title: 'DMA mapping',
    says: "The driver's mapping that covers the page, by its pages.",
    view: 'mapOf',
    cell: mappingCell,
  },
  {
    key: 'iommu',
    title: 'IOMMU entry',
    says: 'The entry of the IOMMU tables that translates the page, with its size, frame and permissions.',
    view: 'pde',
    cell: iommuCell,
  },
  {
    key: 'walk',
    title: 'Paging cache',
    says: 'The table that a paging-structure cache names for the page.',
    view: 'walkCache',
    cell: walkCacheCell,
  },
  {
    key: 'iotlb',
    title: 'IOTLB',
    says: 'Translations of the page that the IOTLB of a unit keeps.',
    view: 'iotlbKey',
    cell: iotlbCell,
  },
  {
    key: 'devtlb',
    title: 'Device TLB',
    says: 'Translations of the page that a device keeps.',
    view: 'devtlbKey',
    cell: deviceTlbCell,
  },
  {
    key: 'trusted',
    title: 'Trusted table',
    says: 'Where the table for devices that the guest trusts leads, by the private and the shared address of the page.',
    view: 'dmar',
    cell: trustedCell,
  },
  {
    key: 'trustedtlb',
    title: 'Trusted IOTLB',
    says: 'Translations of the page that a unit keeps for devices that the guest trusts.',
    view: 'trustedKey',
    cell: trustedTlbCell,
  },
  { key: 'dma', title: 'DMA', says: 'DMA to the page that is in flight.', view: 'dma', cell: dmaCell },
  {
    key: 'vcputlb',
    title: 'vCPU TLB',
    says: 'Translations of the page that a vCPU keeps.',
    view: 'vcpuTlb',
    cell: vcpuTlbCell,
  },
]

/** What the layer `sept` is of, where it is not the secure EPT: as `Sept` says. */
const guestTables: Readonly<Partial<Record<Platform['architecture'], readonly [title: string, says: string]>>> = {
  'sev-snp': ['RMP', 'The entry of the RMP; it is blocked while the nested page table does not map the page.'],
  'riscv-cove': ["TSM's table", "The entry of the TSM's table."],
  'arm-cca': ['RTT', 'The entry of the RTT; it is pending where the RIPAS is not RAM.'],
  pkvm: ['Guest stage 2', "The entry of the guest's stage 2."],
}

/** The layers that the machine of a trace has, by their names on its architecture. */
export function layersIn(memory: StateHistory, architecture: Platform['architecture'] | undefined): Layer[] {
  const [title, says] = (architecture === undefined ? undefined : guestTables[architecture]) ?? []
  return layers
    .filter(({ view }) => memory.length(view) > 0)
    .map((layer) =>
      layer.key === 'sept' ? { ...layer, title: title ?? layer.title, says: says ?? layer.says } : layer,
    )
}
