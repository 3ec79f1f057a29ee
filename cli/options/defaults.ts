import { type Command, InvalidArgumentError, type Option } from 'commander'
import { problemText } from '../../base/result.js'
import { type Config, readConfig } from '../config/config.js'

type Defaults = NonNullable<Config['defaults']>

/** The commands that search: what is usual for them says nothing of a target or a file. */
const searches: readonly string[] = ['check', 'explore', 'compare']

/**
 * Sets the options that a command line leaves out as the configuration says, where the command has them.
 *
 * @throws CommanderError as for every option that is wrong
 */
export async function applyDefaults(command: Command): Promise<void> {
  if (!searches.includes(command.name()) || command.args[0] === 'b1') return
  const config = await readConfig()
  if (!config.ok) return command.error(`error: ${problemText(config.problem)}`)
  const { path, defaults = {} } = config.value
  for (const [name, value] of Object.entries(defaults)) {
    const option = command.options.find((one) => one.attributeName() === name)
    if (option === undefined || value === undefined || command.getOptionValueSource(name) === 'cli') continue
    const parsed = parse(option, textOf(value))
    if (parsed instanceof InvalidArgumentError) command.error(`error: ${path}: defaults.${name}: ${parsed.message}`)
    command.setOptionValueWithSource(name, parsed, 'config')
  }
}

/** As the command line would say it. */
function textOf(value: NonNullable<Defaults[keyof Defaults]>): string {
  if (typeof value !== 'object') return String(value)
  if (Array.isArray(value)) return value.join(',')
  return Object.entries(value)
    .map(([field, each]) => `${field}=${each}`)
    .join(',')
}

function parse({ parseArg }: Option, text: string): unknown {
  try {
    return parseArg === undefined ? text : parseArg(text, undefined)
  } catch (error) {
    if (error instanceof InvalidArgumentError) return error
    throw error
  }
}
