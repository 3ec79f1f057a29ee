import type { Parts } from '../parts.js'
import type { Platform } from '../platform/table.js'
import type { Scope } from '../scope.js'
import { architectures } from './index.js'

/** How many of the devices, from the first on, the guest trusts: they translate by the secure EPT. */
export const trustedDevices = (scope: Scope, platform: Platform, parts: Parts): number =>
  parts.secureEpt && scope.trustedDevices > 0 && platform.architecture === 'tdx-connect' ? scope.trustedDevices : 0

/** Whether the host cannot block a page that the guest has accepted and not released. */
export const mustRelease = (platform: Platform, parts: Parts): boolean =>
  parts.secureEpt &&
  architectures[platform.architecture].guestTable === 'secure-ept' &&
  platform.pageRelease === 'required'
