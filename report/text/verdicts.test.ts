import { expect, test } from 'vitest'
import { takenText } from './verdicts.js'

const steps = (...kinds: string[]) => ({ steps: kinds.map((kind) => ({ action: { kind }, outcome: 'ok' as const })) })

test('a counterexample counts the actions of devices and the IOMMU, not those of vCPUs and the host', () => {
  const text = takenText(steps('guest.convert', 'vtd.walk', 'dma.issue', 'vfio.unmap-dma'))
  expect(text).toBe('4 actions, 2 of them taken by a device or the IOMMU')
})

test('one action is told in the singular', () => {
  expect(takenText(steps('guest.convert'))).toBe('1 action, 0 of them taken by a device or the IOMMU')
})
