/** For tests: one page that begins as the guest's, and one device that the guest trusts. */
export const oneTrustedDevice = {
  pages: 1,
  pagesPerSuperpage: 1,
  vcpus: 1,
  trustedDevices: 1,
  iotlbEntries: 1,
  teardown: false,
  start: 'private',
} as const
