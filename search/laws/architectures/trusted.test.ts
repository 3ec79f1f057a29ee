import { expect, test } from 'vitest'
import { oneTrustedDevice } from '../../compare/trusted-devices.js'
import { judged, type Mistake } from '../../testing/mistakes.js'

// Devices that the guest trusts on SEV-SNP, Arm CCA and RISC-V. Those of TDX Connect are in tdx-connect.test.ts.

const onDemand = { right: 'on-demand-4k', driver: ['type1v2', 'type1v2'], scope: oneTrustedDevice } as const
const onSnp = { ...onDemand, platform: 'sev-snp', property: 'sept-protocol' } as const
const onCca = { ...onDemand, platform: 'arm-cca', property: 'sept-protocol' } as const
const onCove = { ...onDemand, platform: 'riscv-cove', property: 'sept-protocol' } as const
const life = { ...oneTrustedDevice, interfaceLife: true }

const mistakes: readonly (Mistake & { readonly broken: string })[] = [
  {
    ...onSnp,
    wrong: 'on-demand-4k/private-kept',
    parts: ['secureEpt', 'content'],
    steps: 16,
    broken: 'snp.tio/fenced-before-hand-over',
  },
  {
    ...onSnp,
    wrong: 'on-demand-4k/private-kept',
    scope: { ...oneTrustedDevice, backing: 'in-place' },
    parts: ['secureEpt', 'content'],
    steps: 9,
    broken: 'snp.tio/fenced-before-hand-over',
  },
  {
    ...onSnp,
    wrong: 'on-demand-4k/enabled-unverified',
    scope: life,
    parts: ['secureEpt'],
    property: 'no-private-reach',
    steps: 2,
    broken: 'tdisp.interface/evidence-first',
  },
  {
    ...onSnp,
    wrong: 'on-demand-4k/stopped-enabled',
    scope: life,
    parts: ['secureEpt'],
    property: 'no-private-reach',
    steps: 5,
    broken: 'tdisp.interface/evidence-first',
  },
  {
    ...onCca,
    wrong: 'on-demand-4k/smmu-missed',
    parts: ['secureEpt', 'content'],
    steps: 9,
    broken: 'cca.rtt/tlbi-at-smmu',
  },
  {
    ...onCca,
    wrong: 'on-demand-4k/sync-not-awaited',
    parts: ['secureEpt', 'content'],
    steps: 10,
    broken: 'cca.rtt/tlbi-at-smmu',
  },
  {
    ...onCove,
    wrong: 'on-demand-4k/iommu-missed',
    parts: ['secureEpt', 'content'],
    steps: 11,
    broken: 'riscv.cove-io/caches-invalidated',
  },
  {
    ...onCove,
    wrong: 'on-demand-4k/iommu-missed',
    scope: { ...oneTrustedDevice, backing: 'in-place' },
    parts: ['secureEpt', 'content'],
    steps: 11,
    broken: 'riscv.cove-io/caches-invalidated',
  },
  {
    ...onCove,
    wrong: 'on-demand-4k/iofence-not-awaited',
    parts: ['secureEpt', 'content'],
    steps: 12,
    broken: 'riscv.cove-io/caches-invalidated',
  },
  {
    ...onCove,
    wrong: 'on-demand-4k/enabled-unverified',
    scope: life,
    parts: ['secureEpt'],
    property: 'no-private-reach',
    steps: 3,
    broken: 'tdisp.interface/evidence-first',
  },
  {
    ...onCove,
    wrong: 'on-demand-4k/stopped-enabled',
    scope: life,
    parts: ['secureEpt'],
    property: 'no-private-reach',
    steps: 5,
    broken: 'tdisp.interface/evidence-first',
  },
]

test.each(mistakes)('$wrong breaks $property on $platform, and $right does not', (mistake) => {
  const found = judged(mistake, 'wrong')
  expect([found?.verdict, found?.steps]).toEqual(['violated', mistake.steps])
  expect(found?.trace?.header.broken).toBe(mistake.broken)
  expect(judged(mistake, 'right')?.verdict).toBe('held')
})

test.each([
  ['on-demand-4k/enabled-unverified', 1392],
  ['on-demand-4k/stopped-enabled', 1244],
])(
  'on Arm CCA %s reaches nothing: the RMM refuses it, and disables the device before it is stopped',
  (wrong, states) => {
    const asked = {
      ...onCca,
      wrong,
      scope: life,
      parts: ['secureEpt' as const],
      property: 'no-private-reach',
      steps: 0,
    }
    const found = judged(asked, 'wrong')
    expect([found?.verdict, found?.states]).toEqual(['held', states])
  },
)

test.each(['sev-snp', 'arm-cca', 'riscv-cove'])(
  'on %s on-demand-4k keeps its order with two superpages',
  (platform) => {
    const scope = { ...oneTrustedDevice, pages: 2 }
    const parts: Mistake['parts'] = ['secureEpt', 'content']
    const found = judged({ ...onCca, platform, wrong: 'on-demand-4k', scope, parts, steps: 0 }, 'wrong')
    expect(found?.verdict).toBe('held')
  },
)
