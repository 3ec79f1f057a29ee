import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { type AskUser, askingOn } from './io.js'

const asked = async (typed: string, count: number) => {
  const [input, output] = [new PassThrough(), new PassThrough()]
  input.end(typed)
  const askAll = async (ask: AskUser) => {
    const answers: (string | undefined)[] = []
    for (let at = 0; at < count; at += 1) answers.push(await ask(`${at}? `))
    return answers
  }
  const answers = await askingOn(input, output, askAll)
  return { answers, shown: String(output.read()) }
}

test('lines that were typed ahead answer one question each, and the questions are shown in their order', async () => {
  expect(await asked('mine\n\nn\n', 3)).toEqual({ answers: ['mine', '', 'n'], shown: '0? 1? 2? ' })
})

test('an input that ends leaves the other questions without an answer, and ends their lines', async () => {
  expect(await asked('mine\n', 3)).toEqual({ answers: ['mine', undefined, undefined], shown: '0? 1? \n2? \n' })
})
