import { ok, type Problem, type Result, refuse, within } from '../../base/result.js'
import { readObject } from './framing.js'
import { containerNames, type Hello, helloReplySchema, protocolVersion } from './messages.js'
import { testSetupOf } from './setting.js'

/**
 * Reads the reply to `hello`. A refusal is reported first, then another protocol version, then a field that this
 * version does not have.
 */
export function readHello(said: { readonly outcome: string; readonly protocol?: unknown }): Result<Hello> {
  const { outcome, protocol } = said
  if (outcome !== 'ok') return refuse(`hello: found outcome ${outcome}, expected ok`)
  if (typeof protocol === 'number' && protocol !== protocolVersion) {
    return refuse(`hello: found protocol ${protocol}, expected ${protocolVersion}`)
  }
  const read = readObject(said, helloReplySchema)
  if (!read.ok) return within('hello', read.problem)
  const { id: _, outcome: __, ...hello } = read.value
  const tooSmall = whyTooSmall(hello)
  return tooSmall === undefined ? ok(hello) : within('hello', tooSmall)
}

/** A container needs at least one superpage. */
function whyTooSmall(hello: Hello): Problem | undefined {
  const on = containerNames.find((name) => hello.interfaces.includes(name))
  if (on === undefined) return undefined
  const { pages, superpage } = testSetupOf({ hello, interface: on, kvm: false }, {})
  if (pages > 0) return undefined
  return { message: `pages: found ${hello.pages}, expected at least ${superpage}, a superpage` }
}
