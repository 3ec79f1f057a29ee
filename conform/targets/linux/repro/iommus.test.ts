import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { must } from '../../../../base/result.js'
import { modelVersion } from '../../../../search/trace.js'
import { protocolVersion } from '../../../protocol/messages.js'
import type { LinuxIommu } from '../../../protocol/setting.js'
import { readTranscript, type Transcript } from '../../../protocol/transcript.js'
import { reproducer } from './reproducer.js'
import { reproducerScript } from './script.js'

/** A page that is mapped, punched and written to by a device, behind a unit. */
function punchedBehind(iommu: LinuxIommu): Transcript {
  const limits = { entries: 65_535, memlock: 0xffff_ffff }
  const turns = [
    [{ call: 'reset', interface: 'type1v2', kvm: 0, pages: 16, superpage: 4, devices: 1, ...limits }, {}],
    [{ call: 'map', iovfn: 4, page: 4, count: 1, permissions: 3, flaw: 'none' }, {}],
    [{ call: 'punch-hole', page: 4, count: 1 }, {}],
    [{ call: 'dma-write', device: 0, iovfn: 4, value: 7 }, { result: 'done' }],
  ] as const
  const lines = turns.flatMap(([call, more], index) => {
    const id = index + 1
    return [
      { id, ...call },
      { id, outcome: 'ok', ...more },
    ]
  })
  const versions = { dmaproof: 'transcript', format: 1, protocol: protocolVersion, model: modelVersion }
  const about = { target: 'linux-6.12', interface: 'type1v2', platforms: ['linux-6.12'], observes: [], seed: 1 }
  const header = { ...versions, ...about, iommu, why: 'ok, done', lines: lines.length }
  return must(readTranscript([header, ...lines].map((line) => `${JSON.stringify(line)}\n`).join(''), 'kept.ndjson'))
}

test('a reproducer behind AMD-Vi, which tells no fault, sees a write by the frames and counts no interrupt', () => {
  const text = must(reproducer(punchedBehind('amd-vi')))
  expect(text).toMatch(/\/dev\/mem[\s\S]*punch_noted\(4, 1\)[\s\S]*dma_write/)
  expect(text).not.toContain('/proc/interrupts')
  const words = ['-fsyntax-only', '-Wall', '-Wextra', '-Werror', '-x', 'c', '-']
  execFileSync('gcc', words, { input: text })
})

test('behind units that tell faults it counts them, and looks into no frame', () => {
  for (const iommu of ['vt-d', 'smmuv3'] as const) {
    const text = must(reproducer(punchedBehind(iommu)))
    expect([text.includes('/proc/interrupts'), text.includes('/dev/mem')]).toEqual([true, false])
  }
})

test.each([
  ['amd-vi', 'qemu-system-x86_64', 'amd-iommu,intremap=on', 'CONFIG_AMD_IOMMU=y'],
  ['smmuv3', 'qemu-system-aarch64', 'virt,iommu=smmuv3', 'CONFIG_ARM_SMMU_V3=y'],
] as const)('the script for a reproducer behind %s builds and starts what has it', (iommu, qemu, unit, option) => {
  const script = must(reproducerScript(punchedBehind(iommu)))
  execFileSync('sh', ['-n'], { input: script })
  const line = script.split('\n').find((one) => one.startsWith('qemu-system-')) ?? ''
  expect([line.startsWith(qemu), line.includes(unit), script.includes(`\n${option}\n`)]).toEqual([true, true, true])
  const isArm = iommu === 'smmuv3'
  expect(script.includes('ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu-')).toBe(isArm)
})
