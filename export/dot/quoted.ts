import { visible } from '../../base/visible.js'

/**
 * A text as a label of Graphviz: quotes and backslashes would end it or mean something, a line break is written `\n`,
 * and `&` would begin an entity.
 */
export function quotedLabel(text: string): string {
  const plain = visible(text).replaceAll('&', '&amp;').replaceAll('\\', '\\\\').replaceAll('"', '\\"')
  return `"${plain.replace(/\r?\n/g, '\\n')}"`
}
