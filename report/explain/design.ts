import { allDesigns, type Design, type Driver, fullName, hostOf } from '../../designs/index.js'
import type { Call, CallName, Plan } from '../../model/plan/plan.js'
import { mailWidth, wrap } from '../columns/wrap.js'
import { planLines } from './plan.js'

/** All that is known of a design: its idea, its source, its plan step by step, and the calls of each of its drivers. */
export function designText(design: Design): string {
  const variants = allDesigns.filter((other) => other.name === design.name && other !== design).map(fullName)
  const scope = Object.entries(design.scope ?? {}).map(([field, value]) => `${field}=${value}`)
  return [
    fullName(design),
    ...wrap(design.summary, mailWidth, '  '),
    '',
    ...entry('source', design.source),
    ...entry('lock', design.lock),
    ...entry('drivers', design.drivers.map(({ name }) => name).join(', ')),
    ...entry('backings', design.backings.join(', ')),
    ...(variants.length === 0 ? [] : entry('variants', variants.join(', '))),
    ...(scope.length === 0 ? [] : entry('scope', scope.join(', '))),
    ...(design.refuses === undefined ? [] : entry('refuses', `by ${design.refuses.id}`)),
    ...(design.stops === undefined ? [] : entry('stops', `the VM by ${design.stops.id}`)),
    ...plans(design),
    ...kernelLines(design),
    ...design.drivers.flatMap(driverLines),
  ].join('\n')
}

/** `source   the thread` with what follows the first line under the text. */
const entry = (name: string, text: string): string[] => {
  const gap = ' '.repeat(11)
  return wrap(text, mailWidth, gap).map((line, at) =>
    at === 0 ? `  ${name.padEnd(9)}${line.slice(gap.length)}` : line,
  )
}

function plans(design: Design): string[] {
  const { boot, toPrivate, toShared, undoPrivate = [], undoShared = [], added, removed } = design
  const { slotRemoved = [], undoSlotRemoved = [], slotAdded = [], undoSlotAdded = [] } = design
  return [
    ...section('at boot', boot),
    ...section('to private', toPrivate),
    ...section('to private, after an error', undoPrivate),
    ...section('to shared', toShared),
    ...section('to shared, after an error', undoShared),
    ...around('a device comes', added),
    ...around('a device goes', removed),
    ...section('a memory slot goes', slotRemoved),
    ...section('a memory slot goes, after an error', undoSlotRemoved),
    ...section('a memory slot comes', slotAdded),
    ...section('a memory slot comes, after an error', undoSlotAdded),
  ]
}

const around = (when: string, plan: Design['added']): string[] =>
  plan === undefined ? [] : [...section(`${when}, before`, plan.before), ...section(`${when}, after`, plan.after)]

/** A driver's calls, step by step. */
export const driverText = (driver: Driver): string => driverLines(driver).slice(1).join('\n')

const byDriver = ['map', 'unmap'] as const

/** The calls that a driver carries out, in its way. */
function driverLines(driver: Driver): string[] {
  const calls = byDriver.flatMap((name) => callLines(name, driver[name]))
  const title = `with ${driver.name}${driver.pins ? '' : ', which pins nothing'}`
  return ['', title, ...calls, ...indented(section('teardown', driver.teardown))]
}

/** The calls that KVM and the host's file systems carry out, whatever the driver. */
function kernelLines(design: Design): string[] {
  const [driver] = design.drivers
  if (driver === undefined) return []
  const { calls, boot, toPrivate, toShared, undoPrivate, undoShared } = hostOf(design, driver)
  const used = [...new Set([boot, toPrivate, toShared, undoPrivate, undoShared].flatMap(callsIn))]
  const names = used.filter((name) => name !== 'map' && name !== 'unmap')
  return names.length === 0 ? [] : ['', 'with KVM', ...names.flatMap((name) => callLines(name, calls[name]))]
}

function callLines(name: CallName, { body, undo }: Call): string[] {
  return indented([...section(name, body), ...section(`${name}, after an error`, undo)])
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => (line === '' ? '' : `  ${line}`))

function section(title: string, plan: Plan): string[] {
  return plan.length === 0 ? [] : ['', `  ${title}`, ...planLines(plan, '    ')]
}

function callsIn(plan: Plan): CallName[] {
  return plan.flatMap((node) => {
    if ('call' in node) return [node.call]
    if ('each' in node) return callsIn(node.body)
    return 'when' in node ? callsIn(node.body) : []
  })
}
