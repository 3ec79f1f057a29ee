import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { brokenLinks } from './site-links.js'

const folder = fileURLToPath(new URL('../../site/', import.meta.url))
const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => path.replaceAll('\\', '/'))
const pages = new Map(
  paths.filter((path) => /\.(html|svg)$/.test(path)).map((path) => [path, readFileSync(folder + path, 'utf8')]),
)

const broken = brokenLinks({ pages, paths: new Set(paths) })
for (const message of broken) console.error(`site/${message}`)
console.log(`${pages.size} pages in site/, ${broken.length} broken links`)
process.exitCode = broken.length === 0 ? 0 : 1
