import { ok, type Result, refuse } from '../base/result.js'
import { visible } from '../base/visible.js'
import { packageText } from '../report/explain/package-text.js'
import type { PageData } from './data.js'

/** Where the built page has its data. */
export const placeholder = '"the data of the page"'

/** The page with its data in it: one file that needs nothing else. */
export function html(data: PageData): Result<string> {
  const page = packageText('dist/view/page.html')
  const [before, after, ...more] = page.split(placeholder)
  if (before === undefined || after === undefined || more.length > 0) {
    return refuse('dist/view/page.html is missing', { remedy: 'Build the package: npm run build' })
  }
  return ok(`${before}${escaped(data)}${after}`)
}

/** JSON that ends no element and begins none, whatever texts are in it; what would hide in a text is named. */
const escaped = (data: PageData): string =>
  JSON.stringify(data, (_, value: unknown) => (typeof value === 'string' ? visible(value) : value)).replaceAll(
    '<',
    '\\u003c',
  )
