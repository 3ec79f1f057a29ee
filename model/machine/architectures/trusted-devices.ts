/** What a scope has of devices. */
interface Devices {
  readonly devices: number
  readonly trustedDevices: number
  readonly hotplug: boolean
  readonly lateAts: boolean
}

/** What the scope's field is about. */
export const trustedSays =
  'Devices, from the first on, that the guest trusts, with the part secureEpt on architecture=tdx-connect.'

/** What the number of trusted devices has to be in the place of what it is; undefined if it may be so. */
export function trustedExpected({ trustedDevices, devices, hotplug, lateAts }: Devices): string | undefined {
  if (trustedDevices > devices) return `at most devices (${devices})`
  return trustedDevices > 0 && (hotplug || lateAts) ? '0, with hotplug=true or lateAts=true' : undefined
}
