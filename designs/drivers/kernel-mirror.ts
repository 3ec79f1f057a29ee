import type { Driver } from '../design.js'
import { eachAbsentLeaf, eachLeaf } from '../vocabulary/loops.js'
import { allPages, given } from '../vocabulary/ranges.js'
import { acquire, clearLeaf, clflushTables, domain, release, writeSmall } from '../vocabulary/steps.js'
import { cachesNotPresent, flush } from './vtd.js'

/** The kernel's own mirror of guest_memfd's shared pages: entries without pins, kept right by who owns the pages. */
export const kernelMirror: Driver = {
  name: 'kernel-mirror',
  summary:
    "The kernel's own mirror of guest_memfd's shared pages: entries without pins, kept right by the pages' owner.",
  pins: false,
  accounting: 'none',
  teardown: [{ call: 'unmap', on: allPages, fail: 'ignore' }],
  map: {
    body: [
      acquire('container'),
      { each: eachAbsentLeaf(given), body: [writeSmall] },
      clflushTables(given),
      { when: cachesNotPresent, body: flush(given) },
      release('container'),
    ],
    undo: [{ each: eachLeaf(given, domain), body: [clearLeaf] }, ...flush(given)],
  },
  unmap: {
    body: [
      acquire('container'),
      { each: eachLeaf(given, domain), body: [clearLeaf] },
      ...flush(given),
      release('container'),
    ],
    undo: [],
  },
}
