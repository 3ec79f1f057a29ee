import type { RegName } from '../machine/registers.js'
import type { StateViews } from '../machine/state-views.js'

type ViewName = keyof StateViews

/** Views with as many elements for each vCPU. */
export const vcpuViews = [
  'phase',
  'pc',
  'reg',
  'armed',
  'waitError',
  'batchBegun',
  'raced',
  'byFault',
  'noopFound',
  'epoch',
  'flushOwed',
  'vcpuTlb',
  'vcpuTlbFrame',
  'faultGfn',
  'faultShared',
  'faultStale',
  'invalidating',
] as const satisfies readonly ViewName[]

export type VcpuView = (typeof vcpuViews)[number]

/**
 * What an action touches of the state: a view as a whole, what it has of the action's own vCPU, one register of any
 * vCPU, or a view only on machines with a part.
 *
 * @example
 * const tables: readonly Accessed[] = views('pde pte', 'own.reg', 'contextCache.attached')
 */
export type Accessed = ViewName | `own.${VcpuView}` | `reg.${RegName}` | `contextCache.${'attached'}`

/** Views that actions touch together, under one name. */
const groups = {
  transfer: [
    'dma',
    'dmaGfn',
    'dmaWrite',
    'dmaOther',
    'dmaFrame',
    'dmaDomain',
    'dmaShared',
    'dmaDrain',
    'dmaByDevice',
    'dmaPrivate',
  ],
  queue: ['queueKind', 'queueDomain', 'queueFirst', 'queueCount', 'queueHint', 'queueOwner', 'queuePhase'],
  iotlb: ['iotlbKey', 'iotlbLeaf'],
  deviceTlb: ['devtlbKey', 'devtlbLeaf'],
  trustedTlb: ['trustedKey', 'trustedFrame'],
  faultLog: ['faults', 'faultRecord', 'overflow'],
  readAtBlock: ['faults', 'overflow', 'messageFrame', 'mptKept', 'owner', 'unflushed'],
  writtenAtBlock: ['faults', 'faultRecord', 'overflow', 'hostDead', 'poison', 'tag'],
  context: ['contextPresent', 'contextId', 'contextTables'],
  lines: ['visiblePde', 'visiblePte'],
  fault: ['faultGfn', 'faultShared', 'faultStale'],
  ownFault: ['own.faultGfn', 'own.faultShared', 'own.faultStale'],
  ownTlb: ['own.vcpuTlb', 'own.vcpuTlbFrame'],
  ownPlan: ['own.phase', 'own.pc', 'own.reg'],
  mappingsOfContainer: ['entriesUsed', 'mappings', 'mapOf', 'mapLength', 'reg.noteEntries', 'reg.noteMappings'],
  pinned: ['pins', 'pinnedFrame', 'pinnedPages', 'lockedPages', 'reg.noteLocked', 'reg.notePinned'],
  openCalls: ['reg.callEnd'],
  askedByGuest: ['reg.requestFirst', 'reg.requestEnd'],
} as const satisfies Readonly<Record<string, readonly Accessed[]>>

type Word = Accessed | keyof typeof groups

/** The text, if all of its words are known; else what could stand there. */
type Checked<Text extends string> = Text extends `${infer First} ${infer Rest}`
  ? First extends Word
    ? `${First} ${Checked<Rest>}`
    : Word
  : Text extends Word
    ? Text
    : Word

/** @param texts names, or the names of groups, with a space between; a word that is neither does not compile */
export function views<const Texts extends readonly string[]>(
  ...texts: { readonly [Position in keyof Texts]: Checked<Texts[Position]> }
): readonly Accessed[] {
  const words = texts.flatMap((text) => text.split(' ')) as Word[]
  return words.flatMap((word): readonly Accessed[] => (isGroup(word) ? groups[word] : [word]))
}

const isGroup = (word: Word): word is keyof typeof groups => word in groups
