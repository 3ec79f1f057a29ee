import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** A release of Node.js that the package is tested on. */
export interface Node {
  readonly name: string
  /** Undefined if it is not on this machine. */
  readonly program: string | undefined
  /** Whether the release runs TypeScript as it is. */
  readonly stripsTypes: boolean
}

/** Where `.ci/run` puts npm's packages of Node.js: a folder a release. */
const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'dmaproof', 'node')

const fetched = (major: string): string =>
  join(folder, major, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node')

/** For tests: the Node.js that runs them, and the other releases in `engines` that are still maintained. */
export const nodes: readonly Node[] = ['20', '22', '24'].map((major) => {
  const about = { name: `Node ${major}`, stripsTypes: major !== '20' }
  if (process.versions.node.startsWith(`${major}.`)) return { ...about, program: process.execPath }
  return { ...about, program: existsSync(fetched(major)) ? fetched(major) : undefined }
})
