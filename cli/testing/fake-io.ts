import type { Io } from '../terminal/io.js'

/** For tests: an Io that remembers what a command wrote. */
export interface FakeIo extends Io {
  readonly said: () => { readonly out: string; readonly err: string }
}

export function fakeIo(more: Partial<Io> = {}): FakeIo {
  let out = ''
  let err = ''
  return {
    out: (text) => {
      out += text
    },
    err: (text) => {
      err += text
    },
    colors: false,
    isTerminal: true,
    isWatched: false,
    debug: false,
    onInterrupt: () => () => undefined,
    ...more,
    said: () => ({ out, err }),
  }
}
