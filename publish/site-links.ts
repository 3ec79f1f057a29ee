import { posix } from 'node:path'

/** Pages of a site by their paths, and the paths of all its files. */
export interface Site {
  readonly pages: ReadonlyMap<string, string>
  readonly paths: ReadonlySet<string>
}

const attributes = (html: string, name: string): { readonly value: string; readonly index: number }[] =>
  [...html.matchAll(new RegExp(`\\s(?:${name})="([^"]*)"`, 'g'))].map(({ 1: value = '', index }) => ({ value, index }))

/** Reports each link of a page that leads to no file or anchor of the site, and each that loads from the web. */
export function brokenLinks({ pages, paths }: Site): string[] {
  const anchors = new Map(
    [...pages].map(([path, html]) => [path, new Set(attributes(html, 'id').map((one) => one.value))]),
  )
  const wrongWith = (from: string, to: string): string | undefined => {
    const [file = '', anchor = ''] = to.replaceAll('&amp;', '&').split('#')
    const path = file === '' ? from : posix.join(posix.dirname(from), decodeURI(file.replace(/\?.*/, '')))
    if (!paths.has(path)) return `no such file: ${to}`
    return anchor === '' || anchors.get(path)?.has(decodeURIComponent(anchor)) === true
      ? undefined
      : `no such anchor: ${to}`
  }
  return [...pages].flatMap(([path, html]) => {
    const at = (index: number) => `${path}:${html.slice(0, index).split('\n').length}`
    const broken = attributes(html, 'href|src')
      .filter(({ value }) => !/^[a-z]+:/i.test(value))
      .flatMap(({ value, index }) => {
        const wrong = wrongWith(path, value)
        return wrong === undefined ? [] : [`${at(index)}: ${wrong}`]
      })
    const loads = [...html.matchAll(/<(?:link|script|img|iframe)\b[^>]*\s(?:href|src)="(https?:[^"]*)"/g)]
    return [...broken, ...loads.map(({ 1: to, index }) => `${at(index)}: loads ${to}`)]
  })
}
