import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'
import { whyUnreadable } from '../../base/folder.js'
import { ok, type Result, refuse } from '../../base/result.js'

const packages = z.record(z.string(), z.string()).optional()
const manifest = z.object({ dependencies: packages, devDependencies: packages })

/** What the suites import, as `npm i -D` takes it. dmaproof is a file that its clone makes. */
const needed: Readonly<Record<string, string>> = {
  dmaproof: 'DMAPROOF.tgz',
  vitest: 'vitest',
  '@fast-check/vitest': '@fast-check/vitest',
}

/**
 * Reads package.json of a project.
 *
 * @returns what is to be installed before the suites run, as `npm i -D` takes it
 */
export function toInstall(project: string): Result<readonly string[]> {
  const text = readManifest(project)
  if (!text.ok) return text
  let json: unknown
  try {
    json = JSON.parse(text.value)
  } catch (error) {
    return refuse(`package.json: not JSON: ${error instanceof Error ? error.message : ''}`)
  }
  const read = manifest.safeParse(json)
  if (!read.success) return refuse('package.json: found dependencies that are no names with versions')
  const there = { ...read.data.dependencies, ...read.data.devDependencies }
  return ok(Object.entries(needed).flatMap(([name, said]) => (Object.hasOwn(there, name) ? [] : [said])))
}

function readManifest(project: string): Result<string> {
  try {
    return ok(readFileSync(resolve(project, 'package.json'), 'utf8'))
  } catch (error) {
    const remedy = 'Start dmaproof init in the folder of a project; npm init -y makes it one.'
    return refuse(`package.json: ${whyUnreadable(error)} in the working directory`, { remedy })
  }
}
