import { ok, type Result, refuse } from '../../base/result.js'
import { iommufd } from '../../designs/drivers/iommufd.js'
import { iommufdCompat } from '../../designs/drivers/iommufd-compat.js'
import { iommufdFile } from '../../designs/drivers/iommufd-file.js'
import { iommufdReplace } from '../../designs/drivers/iommufd-replace.js'
import { kvmCalls } from '../../designs/drivers/kvm.js'
import { pageTable } from '../../designs/drivers/page-table.js'
import { type1v1, type1v2 } from '../../designs/drivers/vfio-type1.js'
import type { Driver } from '../../designs/index.js'
import { chunk } from '../../designs/vocabulary/ranges.js'
import { machineFrom } from '../../model/build-machine.js'
import type { Machine } from '../../model/machine/machine.js'
import { noParts } from '../../model/machine/parts.js'
import { parsePlatform } from '../../model/machine/platform.js'
import { makeScope } from '../../model/machine/scope.js'
import { idleHost } from '../../model/plan/idle-host.js'
import type { Host } from '../../model/plan/plan.js'
import { type ContainerName, isModule, isRmmInterface } from '../protocol/messages.js'
import type { TestSetup } from '../protocol/setting.js'
import { buildRmmMachine } from './rmm/machine.js'
import { buildSeptMachine } from './sept/machine.js'

export const drivers: Readonly<Record<ContainerName, Driver>> = {
  type1: type1v1,
  type1v2,
  iommufd,
  'iommufd-file': iommufdFile,
  'iommufd-replace': iommufdReplace,
  compat: iommufdCompat,
  'page-table': pageTable,
}

/** A host that performs single calls: a conversion sets the attribute and changes nothing else. */
function hostOf({ map, unmap, teardown, pins, byFile, domains, accounting }: Driver, asked: number | undefined): Host {
  return {
    ...idleHost,
    calls: { ...idleHost.calls, ...kvmCalls, map, unmap },
    toPrivate: [{ call: 'set-private', on: chunk }],
    toShared: [{ call: 'set-shared', on: chunk }],
    teardown,
    pins,
    byFile: byFile === true,
    accounting: accounting ?? 'type1',
    domains: asked ?? domains ?? 1,
  }
}

/** Translations that the model lets a unit keep: room for every page and every superpage. */
const maxCached = 64

/** The model's machine for a setting, whose calls run alone: one vCPU. */
export function buildTestMachine(setting: TestSetup, platform: string): Result<Machine> {
  const { pages, superpage, devices, entries, memlock, interface: on } = setting
  if (isModule(on)) return buildSeptMachine(setting, platform)
  if (isRmmInterface(on)) return buildRmmMachine(setting, platform)
  const scope = makeScope({
    pages,
    pagesPerSuperpage: superpage,
    vcpus: 1,
    devices,
    iotlbEntries: maxCached,
    entryLimit: entries,
    memlockLimit: memlock,
    calls: true,
  })
  if (!scope.ok) return scope
  if (pages + pages / superpage > maxCached) {
    const message = `scope.pages: found ${pages}, expected at most ${maxCached} with their superpages`
    return refuse(message)
  }
  const parsed = parsePlatform(platform)
  if (!parsed.ok) return parsed
  return ok(machineFrom(scope.value, parsed.value, noParts, hostOf(drivers[on], setting.domains)))
}
