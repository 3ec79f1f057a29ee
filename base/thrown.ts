// Anything can be thrown, and what was thrown can throw again when it is shown.

/** What was thrown, in a line: `Error: no such page`. */
export const thrownText = (thrown: unknown): string => firstLine(shownSafely(thrown, nameAndMessage))

/** Where a value was thrown, as far as that is known: its stack, of which the first line says what was thrown. */
export const stackOf = (thrown: unknown): string => shownSafely(thrown, (error) => error.stack ?? nameAndMessage(error))

const nameAndMessage = ({ name, message }: Error): string => (message === '' ? name : `${name}: ${message}`)

const firstLine = (text: string): string => (text.split('\n')[0] ?? '').trim()

function shownSafely(thrown: unknown, show: (error: Error) => string): string {
  try {
    return thrown instanceof Error ? show(thrown) : String(thrown)
  } catch {
    return 'an error that throws when it is shown'
  }
}
