import { kvmCalls } from '../designs/drivers/kvm.js'
import { pageTable } from '../designs/drivers/page-table.js'
import { replacing } from '../designs/drivers/replace.js'
import { compat, iommufd, iommufdFile, type1v1, type1v2 } from '../designs/drivers/type1.js'
import type { Driver } from '../designs/index.js'
import { chunk } from '../designs/vocabulary/ranges.js'
import type { Checked } from '../model/checked.js'
import type { Machine } from '../model/machine.js'
import { makeMachine } from '../model/make.js'
import { noParts } from '../model/parts.js'
import type { Host } from '../model/plan.js'
import { parsePlatform } from '../model/platform.js'
import { makeScope } from '../model/scope.js'
import type { ContainerName, Reset } from './protocol.js'
import { openSept } from './sept/machine.js'

export const drivers: Readonly<Record<ContainerName, Driver>> = {
  type1: type1v1,
  type1v2,
  iommufd,
  'iommufd-file': iommufdFile,
  'iommufd-replace': replacing,
  compat,
  'page-table': pageTable,
}

/** What a sequence of calls runs on: the fields of its reset, without the call itself. */
export type Setting = Omit<Reset, 'id' | 'call'>

/** A host that does what it is called for: a conversion sets the attribute and touches nothing else. */
function hostOf({ map, unmap, teardown, pins, byFile, domains }: Driver): Host {
  return {
    calls: { ...kvmCalls, map, unmap },
    boot: [],
    toPrivate: [{ call: 'set-private', on: chunk }],
    toShared: [{ call: 'set-shared', on: chunk }],
    undoPrivate: [],
    undoShared: [],
    teardown,
    pins,
    byFile: byFile === true,
    domains: domains ?? 1,
    bootRequest: false,
  }
}

/** Translations that the model lets a unit keep: room for every page and every superpage. */
const mostCached = 64

/** The model's machine for a setting, whose calls run alone: one vCPU. */
export function openMachine(setting: Setting, platform: string): Checked<Machine> {
  const { pages, superpage, devices, entries, memlock, interface: on } = setting
  if (on === 'sept') return openSept(setting, platform)
  const scope = makeScope({
    pages,
    pagesPerSuperpage: superpage,
    vcpus: 1,
    devices,
    iotlbEntries: mostCached,
    entryLimit: entries,
    memlockLimit: memlock,
    calls: true,
  })
  if (!scope.ok) return scope
  if (pages + pages / superpage > mostCached) {
    const message = `scope.pages: found ${pages}, expected at most ${mostCached} with their superpages`
    return { ok: false, message }
  }
  const parsed = parsePlatform(platform)
  if (!parsed.ok) return parsed
  return { ok: true, value: makeMachine(scope.value, parsed.value, noParts, hostOf(drivers[on])) }
}
