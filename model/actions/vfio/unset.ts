import { typeLastGroup } from '../../../spec/index.js'
import { Errno } from '../../machine/errno.js'
import { someAttached } from '../host/devices.js'
import type { Fail } from '../row.js'

/** A container that its last group has left knows no map and no unmap. */
export const withoutGroup: Fail = { rule: typeLastGroup, errno: Errno.EINVAL, when: (_, s) => !someAttached(s) }
