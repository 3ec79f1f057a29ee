import type { VcpuId } from './units.js'
/** Registers of a running plan. A range is [first, end). They are zero when the vCPU is idle. */
export const Reg = {
  /** The guest's request, as it was made. */
  requestFirst: 0,
  requestEnd: 1,
  /** 1 to private, 0 to shared. */
  toPrivate: 2,
  /** The chunk at work: at most one superpage of the request. */
  chunkFirst: 3,
  chunkEnd: 4,
  /** Hull of the mappings that meet the chunk. */
  hullFirst: 5,
  hullEnd: 6,
  /** Cursor of a loop of the design. */
  page: 7,
  /** Range of the driver call under way. */
  callFirst: 8,
  callEnd: 9,
  /** The one mapping of that range at work. */
  areaFirst: 10,
  areaEnd: 11,
  /** Cursor of a loop of the driver. */
  cursor: 12,
  /** Pages or units that the last step took; the next turn of the loop begins behind them. */
  stride: 13,
  /** Errno of the last failed step (`Errno`), kept until the request ends. */
  errno: 14,
  /** Index of the rule behind that errno, in `failing`. */
  cause: 15,
  /** Permissions that a raw map call asks for (1 read, 2 write). */
  permissions: 16,
  /** What the call notes for the monitor when a call begins: mappings, entries, locked and pinned pages. */
  noteMappings: 17,
  noteEntries: 18,
  noteLocked: 19,
  notePinned: 20,
  /** What is wrong with a raw call (`Flaw`). */
  flaw: 21,
  noteShared: 22,
  /**
   * Unit or device of a loop over them; such a loop may stand inside one that uses the cursor. In a map: which table of
   * the region (1 or 2) is allocated and not linked.
   */
  turn: 23,
  /** A run of pages that a loop of the design has found. */
  runFirst: 24,
  runEnd: 25,
  /** Errno and rule by which the conversion failed; what its undo meets does not count. */
  resultErrno: 26,
  resultCause: 27,
  /** First page of the part of a call's range at which its driver works. */
  part: 28,
  /** Pages that an unmap removed: of the IOMMU's tables, for its driver; or of mappings, for who called it. */
  removed: 29,
} as const

export type RegName = keyof typeof Reg
export const registerCount = Object.keys(Reg).length

/** @returns where a register (`Reg`) of a vCPU stands in `State.reg` */
export const regOf = (vcpu: VcpuId, register: number): number => vcpu * registerCount + register

/** @returns a plan's operand that reads the register */
export function reg(name: RegName): (m: unknown, s: { readonly reg: ArrayLike<number> }, vcpu: VcpuId) => number {
  const index = Reg[name]
  return (_, s, vcpu) => s.reg[regOf(vcpu, index)] ?? 0
}
