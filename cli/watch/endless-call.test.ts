import { expect, test } from 'vitest'
import type { CallFrame, DebuggerEvent } from './debuggee.js'
import { endlessCall } from './endless-call.js'

const script = (scriptId: string, url: string): DebuggerEvent => ({
  method: 'Debugger.scriptParsed',
  params: { scriptId, url },
})

/** A stack, from the innermost function outward, each as `script function line`. */
const stack = (...frames: readonly string[]): DebuggerEvent => ({
  method: 'Debugger.paused',
  params: {
    callFrames: frames.map((frame) => {
      const [scriptId = '', functionName = '', line] = frame.split(' ')
      return { functionName, location: { scriptId, lineNumber: Number(line) - 1 } }
    }),
  },
})

const scripts = [script('1', 'file:///mine.js'), script('2', '')]

/** A thread that answers each `pause` and `stepOut` with the next of some stacks, and to an undefined one never. */
function thread(...stacks: readonly (DebuggerEvent | undefined)[]) {
  const sent: string[] = []
  let listener = (_: DebuggerEvent): void => undefined
  const left = [...stacks]
  const send = (method: string) => {
    sent.push(method)
    if (method === 'Debugger.enable') for (const one of scripts) listener(one)
    const isAsked = method === 'Debugger.pause' || method === 'Debugger.stepOut'
    const next = isAsked ? left.shift() : undefined
    if (next !== undefined) queueMicrotask(() => listener(next))
  }
  const listen = (given: (event: DebuggerEvent) => void) => {
    listener = given
  }
  return { sent, debuggee: { send, listen } }
}

const isOwn = ({ url }: CallFrame) => url === 'file:///mine.js'
const limits = { call: 5, pause: 5 }
const inEngine = stack('2 judge 1')

test('a function of the user that returns is none without an end, also below one of ours that it called', async () => {
  const one = thread(stack('2 helper 1', '1 first 3', '2 judge 1'), stack('1 first 3', '2 judge 1'), inEngine)
  expect(await endlessCall(one.debuggee, isOwn, limits)).toBeUndefined()
  const left = ['Debugger.stepOut', 'Debugger.stepOut', 'Debugger.disable']
  expect(one.sent).toEqual(['Debugger.enable', 'Debugger.pause', ...left])
})

test('one that does not return is told by what dmaproof called, and where it is', async () => {
  const deep = stack('1 nap 9', '1 first 3', '2 judge 1')
  const one = thread(deep, stack('1 first 3', '2 judge 1'), undefined, deep)
  const found = await endlessCall(one.debuggee, isOwn, limits)
  expect(found).toMatchObject({ called: { functionName: 'first', line: 3 }, at: { functionName: 'nap', line: 9 } })
  expect(one.sent.at(-1)).toBe('Debugger.disable')
})

test('a thread that runs nothing of the user, or that does not pause, is let go of without a step', async () => {
  for (const seen of [inEngine, undefined]) {
    const one = thread(seen)
    expect(await endlessCall(one.debuggee, isOwn, limits)).toBeUndefined()
    expect(one.sent).toEqual(['Debugger.enable', 'Debugger.pause', 'Debugger.disable'])
  }
})
