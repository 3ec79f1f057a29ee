import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** For tests: builds the page, as `npm run build` does, so that no test meets an old one. */
export function buildPage(): void {
  execFileSync(process.execPath, ['config/bundle-page.mjs'], { cwd: root })
}
