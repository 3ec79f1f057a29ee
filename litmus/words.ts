import type { reasonNames } from '../model/machine/effects.js'
import { locations } from './locations.js'
import type { FrameClass, tagNames } from './outcome.js'

/** Words of the language of litmus files, in sentences. */
const ofLanguage = {
  exists: 'The question: can the machine end so?',
  forall: 'The question: does the machine always end so?',
  '~exists': 'The question: does the machine never end so?',
  platform: 'A setting: the preset that the machine is on, with fields changed.',
  scope: 'A setting: the sizes and options of the machine.',
  parts: 'A setting: the parts that the machine has beyond those of every machine.',
  driver: 'A setting: the driver that carries out map and unmap.',
  design: 'A setting: the design whose plans carry out what the guest asks.',
  lock: 'A setting: lock none leaves out the lock that the design takes around a conversion.',
  by: 'Behind a convert: the design whose plan carries it out.',
  await: 'A step: the thread waits until the register of another thread is written.',
  locations: 'What of the final states is printed, beside what the condition asks for.',
  stuck: 'A final state in which a thread has steps left and none can be taken; a condition may ask for stuck=yes.',
} as const

/** What a run of a litmus test prints. */
const ofResults = {
  Allowed: 'The file asks exists.',
  Required: 'The file asks forall.',
  Forbidden: 'The file asks ~exists.',
  Ok: 'What the file asks is so, with its quantifier.',
  No: 'What the file asks is not so.',
  Never: 'The proposition holds in no final state.',
  Sometimes: 'The proposition holds in some final states, and in others not.',
  Always: 'The proposition holds in every final state.',
  Positive: 'How many final states satisfy the proposition.',
  Negative: 'How many final states do not.',
  DIFFERS: 'The result is not the one that the file says.',
  done: 'A DMA has reached a frame, of the class behind the colon.',
  fault: 'A DMA was blocked, for the reason behind the colon.',
  RETRY: 'The guest was told to ask again.',
} as const

/** Classes of a frame as seen from the page by which it was reached. */
const classes: Readonly<Record<FrameClass, string>> = {
  shared: 'The frame is the one in the shared backing of the page.',
  private: 'The frame is owned by the guest.',
  removed: 'The frame was taken from the guest, and is not given out again.',
  free: 'The frame is free.',
  orphan: 'The frame has left the shared backing of the page, and a pin holds it.',
  other: 'The frame is in the shared backing of another page.',
}

/** Who wrote last to a frame. */
const writers: Readonly<Record<(typeof tagNames)[number], string>> = {
  zero: 'Nothing has written since the frame was cleared.',
  guest: 'A vCPU of the guest wrote last.',
  device: 'A DMA wrote last.',
  host: 'User space of the host wrote last.',
  table: 'The IOMMU driver wrote last, which took the frame for a table of its own.',
}

const reasons: Readonly<Record<(typeof reasonNames)[number], string>> = {
  'not present': 'No entry maps the page.',
  'write without W': 'The entry does not allow writes.',
  'read without R': 'The entry does not allow reads.',
  'private key ID': 'The frame is owned by the TD.',
  'private GPA': 'The address says that the page is private.',
  'no context entry': 'The device has no context entry that is present.',
  'RMP check': 'A frame that the entry covers is not one that the RMP lets the DMA reach.',
  'stage 2': 'The identity map of the hypervisor has no entry for the frame.',
  'MPT check': 'The frame is confidential in the memory protection table.',
  'granule protection': 'The granule is in the Realm physical address space.',
}

/** Every word of the language and of its results, with a sentence; fault reasons as they are printed. */
export const litmusWords: readonly (readonly [name: string, sentence: string])[] = [
  ...Object.entries(ofLanguage),
  ...Object.entries(ofResults),
  ...Object.entries(classes),
  ...Object.entries(writers),
  ...Object.entries(reasons).map(([name, says]) => [name.replaceAll(' ', '-'), says] as const),
  ...Object.entries(locations).map(([name, { says }]) => [name, `What a condition may ask for: ${says}.`] as const),
]
