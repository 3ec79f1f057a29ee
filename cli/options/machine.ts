import { Option } from 'commander'
import { collect } from './values.js'

/** What every command that opens a design's machines asks in the same words; the sizes differ. */
export const machineOptions = {
  platform: new Option('--platform <text>', "a preset, with fields changed: 'linux-7.2 drain=none'").default(
    'tdx-2021-reading',
  ),
  property: new Option('--property <name>', 'only this one; again, or with commas, for more').argParser(collect),
  driver: new Option('--driver <name>', "one of the design's drivers, or all (default: its first)"),
  parts: new Option('--parts <names>', 'parts of the machine, beside those that a property needs').argParser(collect),
  lock: new Option('--lock <which>', "the design's own lock around a conversion, or none").choices(['vm', 'none']),
} as const
