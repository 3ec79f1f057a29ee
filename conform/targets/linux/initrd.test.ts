import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { FakeDebian } from '../../testing/fake-debian.js'
import { placeOf } from './cache.js'
import { initrd } from './initrd.js'

const kernel = { name: '6.12', version: '6.12.1-1', processor: 'x86', image: '/image', modules: [] } as const

/** A compiler that writes its file at once, and for the second run only when the archive of the first is there. */
const laterForTheSecond = `
here=$(dirname "$0") turns=0
if ! mkdir "$here/first" 2>/dev/null; then
  while [ $turns -lt 500 ] && ! ls "$here"/dmaproof/linux/initrd/*.cpio >/dev/null 2>&1; do
    turns=$((turns + 1))
    sleep 0.01
  done
fi
while [ "$1" != -o ]; do shift; done
echo program > "$2"`

test('two runs that ask for the same archive at once both get it, and leave nothing else', async () => {
  const debian = new FakeDebian({ gcc: laterForTheSecond, cpio: 'cat' })
  try {
    const shell = { say: () => undefined, log: join(debian.root, 'log'), signal: new AbortController().signal }
    const [one, other] = await Promise.all([initrd(shell, kernel), initrd(shell, kernel)])
    expect(one).toEqual(other)
    expect(one.ok && existsSync(one.value)).toBe(true)
    expect(readdirSync(placeOf('initrd'))).toHaveLength(1)
  } finally {
    debian.remove()
  }
})
