import { judge } from './bench/judge.ts'
import { Failure, main } from './lib/errors.ts'
import { readFlags } from './lib/flags.ts'

const help = `
pnpm bench <name> [flags]    measure or simulate; results are printed, nothing is checked

  judge          simulated nights: what each rule of keeping gains, claims and wastes
  --nights N     simulated nights a rule
  --seed N       another draw
  --json         the numbers as JSON
  --help

Example: pnpm bench judge --nights 1000
`

const benches = { judge }

await main(async () => {
  const { values, positionals } = readFlags(
    help,
    { nights: { type: 'string' }, seed: { type: 'string' }, json: { type: 'boolean' } },
    1,
  )
  const name = positionals[0] ?? ''
  if (!(name in benches))
    throw new Failure(
      `There is no bench ${name || '(none named)'}.`,
      `Name one of: ${Object.keys(benches).join(', ')}.`,
    )
  await benches[name as keyof typeof benches]({
    ...(values.nights === undefined ? {} : { nights: whole('nights', values.nights) }),
    ...(values.seed === undefined ? {} : { seed: whole('seed', values.seed) }),
    json: values.json ?? false,
  })
})

function whole(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1)
    throw new Failure(`--${name} ${text} is not a whole number above zero.`, `Example: --${name} 200`)
  return value
}
