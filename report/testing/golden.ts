import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * What a text must be, whole. For tests.
 *
 * @param file the golden file; written first if DMAPROOF_UPDATE=1
 * @throws if there is none: a missing golden is a failure, not a first run
 */
export function golden(file: URL, text: string): string {
  const path = fileURLToPath(file)
  if (process.env.DMAPROOF_UPDATE === '1') {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  if (!existsSync(path)) throw new Error(`${path} is missing; write it with DMAPROOF_UPDATE=1, and review it`)
  return readFileSync(path, 'utf8')
}
