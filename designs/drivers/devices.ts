import type { Call, Plan, Step } from '../../model/plan/plan.js'
import { isFirstDevice, movingIsAttached, noDevice } from '../vocabulary/conditions.js'
import { eachArea, eachPageIn, eachPinnedPage } from '../vocabulary/loops.js'
import { allPages, area } from '../vocabulary/ranges.js'
import {
  acquire,
  acquireWrite,
  assignDeviceTag,
  attachMoving,
  blockMoving,
  deviceGone,
  deviceReady,
  enableAts,
  inContextCache,
  release,
  startBatch,
  submitContextOfMoving,
  unpinPage,
  wait,
} from '../vocabulary/steps.js'
import { flushDomain, remove, write } from './vtd.js'

// What drivers do when a device is plugged in or unplugged.

const leave: Plan = [
  blockMoving,
  inContextCache(startBatch),
  submitContextOfMoving,
  inContextCache(wait),
  ...flushDomain(allPages),
]

/** The device gets the table, and nothing else changes. */
export const attachOnly: Call = { body: [acquire('container'), attachMoving, release('container')], undo: leave }
export const detachOnly: Call = { body: [acquire('container'), ...leave, release('container')], undo: [] }

const takeContainer = acquire('container')

/**
 * The call `detach` of a driver that removes all mappings when the last device is detached.
 *
 * @param remove plan for one mapping
 * @param before plan before the first is removed
 * @param take step that takes the lock of the container
 */
export const detachRemoving = (remove: Plan, before: Plan = [], take = takeContainer): Call => ({
  body: [take, ...leave, { when: noDevice, body: [...before, { each: eachArea, body: remove }] }, release('container')],
  undo: [],
})

const emptyArea: Plan = [...remove(area, area), { each: eachPinnedPage(area), body: [unpinPage] }]

/** Areas stay when the last device goes, without entries and pins. */
export const detachEmptying: Call = detachRemoving(emptyArea)
/** The same where maps write without the lock of the container: it waits for those. */
export const detachAloneEmptying: Call = detachRemoving(emptyArea, [], acquireWrite('container'))

/** The first device has every area pinned and mapped; a step that fails takes all of that out again. */
export const attachFilling = (pin: Step, after: Plan, take = takeContainer): Call => ({
  body: [
    take,
    attachMoving,
    {
      when: isFirstDevice,
      body: [{ each: eachArea, body: [{ each: eachPageIn(area), body: [pin] }, ...write(area), ...after] }],
    },
    release('container'),
  ],
  undo: [...leave, { each: eachArea, body: emptyArea }],
})

/** What Linux does when it probes a device; the lock stands for that no driver is bound by then, so none unmaps. */
export const enableAtsTagged: Plan = [acquire('container'), enableAts, assignDeviceTag, release('container')]

/** What a design does before and after the driver has attached, or detached, a device. */
export interface Around {
  readonly before: Plan
  readonly after: Plan
}

const nothing: Around = { before: [], after: [] }
const detach: Plan = [{ call: 'detach', on: allPages }]

/** The plan for a device that is plugged in: attach it, then hand it to the guest. */
export const addedBy = ({ before, after }: Around = nothing): Plan => [
  ...before,
  { call: 'attach', on: allPages },
  ...after,
  deviceReady,
]
/** A device that cannot be plugged in as a whole is not there. */
export const undoAdded: Plan = [{ when: movingIsAttached, body: detach }, deviceGone]
/** The plan for a device that is unplugged: detach it, then let it go. */
export const removedBy = ({ before, after }: Around = nothing): Plan => [...before, ...detach, ...after, deviceGone]
