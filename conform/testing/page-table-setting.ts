import { noLimits } from '../protocol/messages.js'

/** For tests: two superpages of four pages, with tables and nothing above them. */
export const pageTableSetting = {
  interface: 'page-table',
  kvm: 0,
  pages: 8,
  superpage: 4,
  devices: 1,
  vcpus: 1,
  ...noLimits,
} as const
