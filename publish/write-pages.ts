import { mkdirSync, writeFileSync } from 'node:fs'
import { rulesPages } from './rules-page.js'

/** Pages of the site that no document has; typedoc.json names the folder. */
const folder = new URL('pages/', import.meta.url)

mkdirSync(folder, { recursive: true })
for (const { folder: name, text } of rulesPages()) writeFileSync(new URL(`rules-${name}.md`, folder), text)
