import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

// Builds dist/view/page.html, the page of `dmaproof view` without its data: script and style are inlined, and its
// policy allows these two by their hashes and nothing else.

const root = fileURLToPath(new URL('..', import.meta.url))
const placeholder = '"the data of the page"'

const built = await build({
  absWorkingDir: root,
  entryPoints: ['view/page/main.tsx', 'view/page/page.css'],
  bundle: true,
  minify: true,
  write: false,
  outdir: 'dist/view',
  format: 'iife',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'none',
  logLevel: 'warning',
})

/** @param {string} ending */
const output = (ending) => built.outputFiles.find(({ path }) => path.endsWith(ending))?.text.trim() ?? ''
/** @param {string} text */
const hash = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

const [script, style] = [output('.js'), output('.css')]
if (/<\/(script|style)/i.test(script + style)) throw new Error('the bundle would end its own element')
const policy = [
  "default-src 'none'",
  `script-src ${hash(script)}`,
  `style-src ${hash(style)}`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')
const licence = readFileSync(`${root}node_modules/preact/LICENSE`, 'utf8').trim()

mkdirSync(`${root}dist/view`, { recursive: true })
// Tests build it, too, several at a time: whole under another name first.
const temporary = `${root}dist/view/page.${process.pid}.tmp`
writeFileSync(
  temporary,
  `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>dmaproof view</title>
<!-- Contains Preact:
${licence}
-->
<style>${style}</style>
</head>
<body>
<div id="page"></div>
<script type="application/json" id="data">${placeholder}</script>
<script>${script}</script>
</body>
</html>
`,
)
renameSync(temporary, `${root}dist/view/page.html`)
