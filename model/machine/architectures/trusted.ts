import type { Parts } from '../parts.js'
import type { Platform } from '../platform/table.js'
import type { Scope } from '../scope.js'
import { architectures } from './index.js'

/** How many of the devices, from the first on, the guest trusts. */
export const trustedDevices = (scope: Scope, platform: Platform, parts: Parts): number =>
  parts.secureEpt && scope.trustedDevices > 0 && architectures[platform.architecture].trustedTable !== 'none'
    ? scope.trustedDevices
    : 0

/** How many pages the host's own table for such devices has: none where they translate by a table of the guest. */
export const trustedPages = (scope: Scope, platform: Platform, parts: Parts): number =>
  trustedDevices(scope, platform, parts) > 0 && architectures[platform.architecture].trustedTable === 'host'
    ? scope.pages
    : 0

/** Whether the host cannot block a page that the guest has accepted and not released. */
export const mustRelease = (platform: Platform, parts: Parts): boolean =>
  parts.secureEpt &&
  architectures[platform.architecture].guestTable === 'secure-ept' &&
  platform.pageRelease === 'required'
