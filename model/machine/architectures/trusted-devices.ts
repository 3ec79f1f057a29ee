/** What a scope has of devices. */
interface Devices {
  readonly devices: number
  readonly trustedDevices: number
  readonly hotplug: boolean
  readonly lateAts: boolean
}

/** What the scope's field is about. */
export const trustedSays =
  'Devices, from the first on, that the guest trusts, with secureEpt on architecture=tdx-connect, sev-snp, arm-cca ' +
  'or riscv-cove.'

/** What the scope's field on their interfaces is about. */
export const interfaceLifeSays =
  'Whether interfaces of trusted devices begin unlocked, and are locked, verified, run and stopped, as TDISP has it. ' +
  'On tdx-connect no host adds an entry for a device then, which reaches nothing.'

/** What a field has to be where no device is trusted. */
export const lifeExpected = 'false, with trustedDevices=0'

/** What the number of trusted devices has to be in the place of what it is; undefined if it may be so. */
export function trustedExpected({ trustedDevices, devices, hotplug, lateAts }: Devices): string | undefined {
  if (trustedDevices > devices) return `at most devices (${devices})`
  return trustedDevices > 0 && (hotplug || lateAts) ? '0, with hotplug=true or lateAts=true' : undefined
}
