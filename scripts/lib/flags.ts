/** Parses the flags of a command with node:util; adds --help and turns a parse error into a Failure. */
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { Failure } from './errors.ts'
import { suggest } from './suggest.ts'

/**
 * Exits after printing when --help is given.
 * @param help text of --help
 * @param options as `parseArgs` of node:util takes them
 * @param positionals maximum number of positional arguments
 * @throws {Failure} for an unknown flag or a further argument
 */
export function readFlags<T extends ParseArgsOptionsConfig>(help: string, options: T, positionals = 0) {
  const parse = () =>
    parseArgs({
      options: { ...options, help: { type: 'boolean', short: 'h' } },
      allowPositionals: positionals > 0,
      strict: true,
    })
  let parsed: ReturnType<typeof parse>
  try {
    // `pnpm session -- --tag x` passes the dashes on.
    if (process.argv[2] === '--') process.argv.splice(2, 1)
    parsed = parse()
  } catch (cause) {
    throw mistake(cause, [...Object.keys(options).map(name => `--${name}`), '--help'])
  }
  if ((parsed.values as { help?: boolean }).help) {
    process.stdout.write(`${help.trim()}\n`)
    process.exit(0)
  }
  if (parsed.positionals.length > positionals)
    throw new Failure(
      `Unexpected argument ${parsed.positionals[positionals]}.`,
      `See --help; it takes at most ${positionals}.`,
    )
  return parsed
}

/** What node's parser says, in one sentence. */
function mistake(cause: unknown, flags: string[]): Failure {
  const said = cause instanceof Error ? `${cause.message.split('. ')[0] ?? ''}.` : String(cause)
  const ambiguous = /^Option '(?:-\w, )?(--[\w-]+)[^']*' argument is ambiguous/.exec(said)?.[1]
  if (ambiguous !== undefined)
    return new Failure(
      `${ambiguous} needs a value.`,
      `A value that begins with a dash takes =, e.g. ${ambiguous}=-1.`,
      { cause },
    )
  const unknown = /^Unknown option '([^']+)'/.exec(said)?.[1]
  const listed = `Flags: ${flags.join(', ')}.`
  return unknown === undefined
    ? new Failure(said.replace(/\.+$/, '.'), listed, { cause })
    : new Failure(`Unknown option ${unknown}.`, suggest(unknown, flags, listed), { cause })
}
