import { type BadLine, isBad, readObject } from './framing.js'
import { containerNames, type Hello, helloReplySchema, protocolVersion } from './messages.js'
import { testSetupOf } from './setting.js'

/**
 * Reads the reply to `hello`. A refusal is reported first, then another protocol version, then a field that this
 * version does not have.
 */
export function readHello(said: { readonly outcome: string; readonly protocol?: unknown }): Hello | BadLine {
  const { outcome, protocol } = said
  if (outcome !== 'ok') return { wrong: `hello: found outcome ${outcome}, expected ok` }
  if (typeof protocol === 'number' && protocol !== protocolVersion) {
    return { wrong: `hello: found protocol ${protocol}, expected ${protocolVersion}` }
  }
  const read = readObject(said, helloReplySchema)
  if (isBad(read)) return { wrong: `hello: ${read.wrong}` }
  const { id: _, outcome: __, ...hello } = read
  return whyTooSmall(hello) ?? hello
}

/** A container needs at least one superpage. */
function whyTooSmall(hello: Hello): BadLine | undefined {
  const on = containerNames.find((name) => hello.interfaces.includes(name))
  if (on === undefined) return undefined
  const { pages, superpage } = testSetupOf({ hello, interface: on, kvm: false }, {})
  if (pages > 0) return undefined
  return { wrong: `hello: pages: found ${hello.pages}, expected at least ${superpage}, a superpage` }
}
