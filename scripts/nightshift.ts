import { join } from 'node:path'
import { command } from './lib/command.ts'
import { Failure, main } from './lib/errors.ts'
import { commandNames, commands, groups } from './lib/help/commands.ts'
import { fold, terminalWidth } from './lib/help/help.ts'
import { suggest } from './lib/suggest.ts'

await main(async () => {
  // npm and pnpm hand dashes through: `pnpm nightshift -- status`.
  const [name, ...rest] = process.argv.slice(process.argv[2] === '--' ? 3 : 2)
  if (name === undefined || name === '--help' || name === '-h') {
    process.stdout.write(`${list()}\n`)
    return
  }
  if (!commandNames.includes(name))
    throw new Failure(`Unknown command ${name}.`, suggest(name, commandNames, `Commands: ${commandNames.join(', ')}.`))
  // As if it had been called by its name: `session --detach` starts that program again.
  process.argv.splice(1, process.argv.length, join(import.meta.dirname, `${name}.ts`), ...rest)
  await import(`./${name}.ts`)
})

function list(): string {
  const rows = groups.map(group => {
    const own = commands.filter(entry => entry.group === group)
    return [group, ...own.map(({ name, does }) => `  ${name}  ${does}`)].join('\n')
  })
  return [
    command('nightshift <command> [flags]'),
    fold(rows.join('\n\n'), terminalWidth()),
    `Each has --help, and runs by its name alone, too: ${command('session --help')}`,
  ].join('\n\n')
}
