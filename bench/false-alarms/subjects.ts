/** A design that holds, on a platform: what `check` reports of it is a false alarm. */
export interface FalseAlarmSubject {
  /** Its full name. */
  readonly design: string
  /** A preset; that of `check`, if left out. */
  readonly platform?: string
  /**
   * What its idea contradicts, each with the reason: a property everywhere, with one backing as `PROPERTY, BACKING`, in
   * one configuration of `check` as `PROPERTY, CONFIGURATION`, or all of a configuration by its name.
   */
  readonly except?: Readonly<Record<string, string>>
}

/** In place only pKVM keeps what these do apart. */
const attributeFirst: FalseAlarmSubject['except'] = {
  'no-private-reach, in-place': "the attribute makes the frame the guest's before DMA is unmapped",
  'no-stale-frame, in-place': 'it falls with no-private-reach',
  'host-survives, in-place': 'it falls with no-private-reach',
  'conversion-ends, in-place': 'where KVM refuses a pinned page, DMA has to be unmapped before the attribute changes',
}

const racingGuests = [
  'arbitrary guest',
  'arbitrary guest, failure',
  'arbitrary guest, secure EPT',
  'flush of vCPUs, arbitrary guest',
]
const allOf = (names: readonly string[], why: string) => Object.fromEntries(names.map((name) => [name, why]))

/** It lets go of the lock of the VM, and takes that of the container for the account alone. */
const mapsBesideOthers: FalseAlarmSubject['except'] = allOf(
  racingGuests,
  'a page is mapped behind the lock of the VM, whatever another vCPU has asked for it meanwhile',
)

const correct: readonly FalseAlarmSubject[] = [
  { design: 'on-demand-4k' },
  {
    design: 'on-demand-4k/map-first',
    except: {
      'no-private-reach, in-place': 'the page is mapped while its one frame is private still',
      'no-stale-frame, in-place': 'it falls with no-private-reach',
      'conversion-ends, in-place': 'where the host does not pin a private page, it never maps it to share it',
    },
  },
  { design: 'fd-offset' },
  { design: 'hitless-cut' },
  { design: 'hitless-coalesce' },
  { design: 'mirror-guest-memfd' },
  { design: 'bounce-pool' },
  { design: 'attributes-first/undone', except: attributeFirst },
  {
    design: 'on-demand-superpage',
    except: { 'no-shared-fault': 'to unshare one page, the superpage around it is unmapped' },
  },
  {
    design: 'replace-domain',
    except: { 'no-shared-fault': 'where an attach blocks, DMA faults while the domain is replaced' },
  },
]

/** Each does more than its fault asks for, or takes the fault back. */
const safer: readonly FalseAlarmSubject[] = [
  { design: 'on-demand-4k/bitmap-after' },
  { design: 'on-demand-4k/bitmap-rolled-back' },
  { design: 'on-demand-4k/replays' },
  {
    design: 'on-demand-4k/repeats-at-fault',
    except: { 'conversion-ends, locked memory': 'no fault is refused: it repeats while no page more may be locked' },
  },
  { design: 'on-demand-4k/slots-unmapped' },
  { design: 'on-demand-4k/seals-file' },
  { design: 'on-demand-4k/flush-repeated' },
  { design: 'on-demand-4k/maps-at-once', except: mapsBesideOthers },
  {
    design: 'on-demand-4k/size-read',
    except: {
      'no-shared-fault': 'version 1 unmaps the superpage around a page, and the rest is mapped again',
      'conversion-ends': 'to map the rest of the superpage again may fail',
    },
  },
  { design: 'on-demand-4k/two-containers' },
  { design: 'attributes-first/regions-undone', except: attributeFirst },
]

/** A defect of that kernel, which a raw caller meets: `vtd.superpage/table-freed-early-6-12`. */
const tablesFreedEarly: FalseAlarmSubject['except'] = allOf(
  ['raw calls, common pool', 'raw calls, walk cache'].flatMap((where) => [
    `no-stale-frame, ${where}`,
    `calls-as-promised, ${where}`,
  ]),
  'an unmap in parts of unlike size frees the table of a later part when it flushes the earlier',
)

const onOthers = ['sev-snp', 'riscv-cove', 'arm-cca', 'tdx-connect', 'pkvm', 'linux-6.12', 'linux-7.2'].flatMap(
  (platform) =>
    ['on-demand-4k', 'hitless-cut'].map((design): FalseAlarmSubject => {
      return { design, platform, ...(platform === 'linux-6.12' ? { except: tablesFreedEarly } : {}) }
    }),
)

export const subjects: readonly FalseAlarmSubject[] = [...correct, ...safer, ...onOthers]

/** Name of a subject in reports: the design, with ` on PLATFORM` where one is set. */
export const subjectName = ({ design, platform }: FalseAlarmSubject): string =>
  platform === undefined ? design : `${design} on ${platform}`

/** What `check --json` says of one property of one machine, as far as it is read here. */
export interface CheckedProperty {
  readonly driver: string
  readonly backing: string
  readonly property: string
  readonly verdict: string
  readonly why: string
  readonly configuration: string
}

/** The violations that the subject's idea does not explain. */
export const alarmsIn = ({ except = {} }: FalseAlarmSubject, judged: readonly CheckedProperty[]): string[] =>
  judged
    .filter(({ verdict }) => verdict === 'violated')
    .filter(({ property, ...where }) => {
      const places = [where.backing, where.configuration]
      const excuses = [property, ...places.map((place) => `${property}, ${place}`), where.configuration]
      return excuses.every((name) => except[name] === undefined)
    })
    .map((one) => `${one.driver}, ${one.backing}, ${one.configuration}: ${one.property}: ${one.why}`)
