import type { Answer, Hello } from '../protocol/messages.js'
import type { RequestBody } from '../protocol/target.js'
import type { Implementation } from '../targets/in-process.js'

/** For tests: a page table that is written down from a kernel's source, without the model. Numbers are pages. */
export interface HandTable {
  /** What each page of memory holds. */
  readonly values: number[]
  /** What a device may do with a page: `readable` and `writable`, or 0. */
  rightsOf(page: number): number
  /** @returns the name of an errno, or `ok` */
  map(first: number, count: number, asked: number): string
  /** @returns what the kernel says it has unmapped */
  unmap(first: number, count: number): number
}

export const readable = 1
export const writable = 2

/** Changes a right answer to a wrong one. */
export type Plant = (request: RequestBody, answer: Answer) => Answer

/** An implementation that answers by such a table. @param make one with nothing mapped */
export function tableByHand(
  hello: Hello,
  make: (pages: number, superpage: number) => HandTable,
  plant: Plant = (_, answer) => answer,
): Implementation {
  let table = make(0, 1)
  const dma = (iovfn: number, value: number | undefined): Answer => {
    const isDone = (table.rightsOf(iovfn) & (value === undefined ? readable : writable)) !== 0
    if (isDone && value !== undefined) table.values[iovfn] = value
    const data = isDone ? (table.values[iovfn] ?? 0) : 0
    return { outcome: 'ok', result: isDone ? 'done' : 'blocked', ...(value === undefined ? { data } : {}) }
  }
  const answer = (request: RequestBody): Answer => {
    switch (request.call) {
      case 'reset':
        table = make(request.pages, request.superpage)
        return { outcome: 'ok' }
      case 'map':
        return { outcome: table.map(request.iovfn, request.count, request.permissions) }
      case 'unmap':
        return { outcome: 'ok', unmapped: table.unmap(request.iovfn, request.count) }
      case 'dma-read':
        return dma(request.iovfn, undefined)
      case 'dma-write':
        return dma(request.iovfn, request.value)
      case 'host-write':
        table.values[request.page] = request.value
        return { outcome: 'ok' }
      case 'host-read':
        return { outcome: 'ok', data: table.values[request.page] ?? 0 }
      default:
        return { outcome: 'ok' }
    }
  }
  return { hello, answer: (request) => plant(request, answer(request)) }
}
