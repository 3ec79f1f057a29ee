import type { Trace } from '../../search/trace.js'

/** A path as a shell takes it. */
export const quoted = (path: string): string =>
  /^[\w./@%+=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`

/**
 * A command line to be pasted into a shell.
 *
 * @param designs modules of the user's own that its names need
 */
export const commandText = (words: readonly string[], designs: readonly string[] = []): string =>
  ['dmaproof', ...words, ...designs.flatMap((file) => ['--designs', file])].map(quoted).join(' ')

/** The command that replays a saved trace. */
export const replayText = ({ header }: Pick<Trace, 'header'>, path: string): string =>
  commandText(['replay', path], header.designs)

/** The command that writes the page of a saved trace. @param page the page's path */
export const viewText = ({ header }: Pick<Trace, 'header'>, path: string, page: string): string =>
  commandText(['view', path, '-o', page], header.designs)

/** The command that searches for what a trace shows once more. */
export function searchText({ header: { setup, property, designs } }: Pick<Trace, 'header'>): string {
  return commandText(['check', setup.design, '--driver', setup.driver, '--property', property], designs)
}

/** The command that asks a saved transcript again. @param word for the target, as a command line has it */
export const replayOnText = (path: string, word: string): string => commandText(['replay', path, '--on', word])
