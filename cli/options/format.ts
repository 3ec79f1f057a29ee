import { Option } from 'commander'
import { traceFormatNames } from '../../export/formats.js'

/** How a command shows a trace. */
export const formatOption = (says: string): Option => new Option('--format <name>', says).choices(traceFormatNames)
