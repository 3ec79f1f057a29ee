import { type Configuration, type ConfigurationName, configurations } from '../search/check/configurations.js'
import type { PlanLayer } from './mutants.js'

/** Which mutants are tried in a configuration, and in what it is otherwise there. */
interface Use extends Partial<Pick<Configuration, 'except' | 'fits'>> {
  /** Only mutants of these layers; all, if left out. */
  readonly layers?: readonly PlanLayer[]
  /** Only a driver with a step of this name; all, if left out. */
  readonly step?: string
}

/** A configuration in which mutants are tried. */
export interface Environment extends Configuration, Use {}

const driver = { layers: ['driver'] } as const
const hostSide = { layers: ['design', 'kvm'] } as const
/** KVM's calls for a memory slot, under a VMM that has plans for one that goes: nothing is excepted there. */
const slotCalls: Use = { layers: ['kvm'], except: [], fits: ({ slotRemoved }) => slotRemoved !== undefined }
const deviceTlbs = { ...driver, step: 'iommu.submit-dsi' } as const

/**
 * The configurations of `check`, each with the mutants that only it kills: the others are killed sooner elsewhere.
 * Undefined where none is.
 */
const uses: Readonly<Record<ConfigurationName, Use | undefined>> = {
  plain: {},
  guest: {},
  failure: {},
  'arbitrary guest': {},
  'walk cache': driver,
  'common pool': driver,
  'device TLB': driver,
  'device TLB, one region': deviceTlbs,
  'context cache': { step: 'iommu.submit-context' },
  'context cache, two devices': undefined,
  'context cache, attach blocks': { step: 'iommu.submit-context' },
  'flush of vCPUs': { layers: ['kvm'] },
  'flush of vCPUs, arbitrary guest': { layers: ['kvm'] },
  'caching mode': driver,
  incoherent: driver,
  'incoherent, one region': undefined,
  'attach blocks': { ...driver, step: 'iommu.block-translation' },
  'one superpage': {},
  'one superpage, failure': {},
  'one superpage, walk cache': driver,
  'locked memory': { ...driver, step: 'iommufd.account' },
  'few entries': undefined,
  'two units': driver,
  'two units, device TLB': undefined,
  'pin checks': undefined,
  references: undefined,
  'raw calls': driver,
  'raw calls, common pool': driver,
  'raw calls, walk cache': undefined,
  'raw calls, incoherent': { ...driver, step: 'iommu.unlink-table' },
  'raw calls, device TLB': deviceTlbs,
  'two raw callers': driver,
  'two raw callers, one region': { ...driver, step: 'area.join' },
  'two raw callers, failure': { ...driver, step: 'iommufd.use-domain' },
  'two raw callers, locked memory': { ...driver, step: 'iommufd.account' },
  'common pool, failure': driver,
  'private superpage, failure': { layers: ['design'] },
  'arbitrary guest, failure': { layers: ['design'] },
  'guest, failure': hostSide,
  'arbitrary guest, secure EPT': hostSide,
  'guest, common pool': { layers: ['kvm'] },
  'large entries': { layers: ['kvm'] },
  'trusted devices': { layers: ['kvm'] },
  'host access': hostSide,
  'host access, guest': undefined,
  'requests for what is so': undefined,
  'memory faults': undefined,
  'teardown under DMA': undefined,
  reclaim: undefined,
  'memory slots': slotCalls,
  hotplug: undefined,
  'raw calls, hotplug': undefined,
  'two raw callers, hotplug': undefined,
  'raw calls, two processes': undefined,
  'raw calls, limits': undefined,
  'no conversion lock': undefined,
  'no conversion lock, guest': undefined,
  'trusted devices, life': undefined,
  'device TLB, time-out': undefined,
  'regions of a superpage, failure': undefined,
}

/** Beyond what hosts must bear by default: a device that answers before its writes have landed. */
const early: Environment = {
  name: 'device TLB that answers early',
  scope: { pages: 2, vcpus: 1 },
  platform: { ats: true, drain: 'none', deviceInvalidation: 'early' },
  ...deviceTlbs,
}

/** In the order in which they are tried. */
export const environments: readonly Environment[] = [
  ...configurations.flatMap((configuration): Environment[] => {
    const use = uses[configuration.name]
    return use === undefined ? [] : [{ ...configuration, ...use }]
  }),
  early,
]
