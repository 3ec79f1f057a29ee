/**
 * Numbers with a unit. A plain number passes for any of them, since the state vector and codes of actions hold plain
 * numbers; a value of one unit does not pass for another. At run time they are numbers.
 */
interface Unit<Name extends string> {
  readonly unit?: Name
}

/** Guest frame number: guest physical address / 4 KiB. */
export type Gfn = number & Unit<'gfn'>
/** DMA address / 4 KiB. Guests are mapped one to one (`iovfnOf`). */
export type Iovfn = number & Unit<'iovfn'>
/** Host frame, from 0. The state holds frame + 1, so that 0 is "none". */
export type Frame = number & Unit<'frame'>
/** Index of a domain (a set of IOMMU tables). */
export type DomainId = number & Unit<'domain'>
/** Index of an IOMMU unit. */
export type UnitId = number & Unit<'unit'>
/** Index of a device. */
export type DeviceId = number & Unit<'device'>
/** Error number of a call, an index of `errnoNames`; 0 is success. */
export type ErrnoCode = number & Unit<'errno'>
/** Index of a vCPU. */
export type VcpuId = number & Unit<'vcpu'>

/** The DMA address, in pages, of a page of the guest: guests are mapped one to one. */
export const iovfnOf = (gfn: Gfn): Iovfn => +gfn
/** The page of the guest at a DMA address, the other way round. */
export const gfnOf = (iovfn: Iovfn): Gfn => +iovfn
/** The first device behind a unit; the next one is as many on as there are units. */
export const firstDeviceOf = (unit: UnitId): DeviceId => +unit
/** The first frame of a page where private and shared backing are separate; the second is `firstFrameOf` + `pages`. */
export const firstFrameOf = (gfn: Gfn): Frame => +gfn
