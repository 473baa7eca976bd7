/** Flags of a command, by node's own parser; --help everywhere, and one clear error for what is not known. */
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { Failure } from './errors.ts'
import { suggest } from './suggest.ts'

/** @param help text of --help, which ends the program; `options` as node:util takes them */
export function readFlags<T extends ParseArgsOptionsConfig>(help: string, options: T, positionals = 0) {
  const parse = () =>
    parseArgs({
      options: { ...options, help: { type: 'boolean', short: 'h' } },
      allowPositionals: positionals > 0,
      strict: true,
    })
  let parsed: ReturnType<typeof parse>
  try {
    // `pnpm session -- --tag x` hands the dashes through.
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
  const unknown = /^Unknown option '([^']+)'/.exec(said)?.[1]
  const listed = `Flags: ${flags.join(', ')}.`
  return unknown === undefined
    ? new Failure(said.replace(/\.+$/, '.'), listed, { cause })
    : new Failure(`Unknown option ${unknown}.`, suggest(unknown, flags, listed), { cause })
}
