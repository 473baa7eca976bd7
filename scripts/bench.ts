import { runJudgeBench } from '../bench/judge/judge.ts'
import { benchFaults } from '../bench/loop/faults.ts'
import { benchLoop } from '../bench/loop/loop.ts'
import { benchReport } from '../bench/report/report.ts'
import { benchSite } from '../bench/site/site.ts'
import { benchTrainer } from '../bench/trainer/trainer.ts'
import { benchTuner } from '../bench/tuner/tuner.ts'
import { command } from './lib/command.ts'
import { Failure, main } from './lib/errors.ts'
import { readFlags } from './lib/flags.ts'
import { helpText } from './lib/help/help.ts'
import { suggest } from './lib/suggest.ts'

const help = helpText(
  'bench',
  '<name> [flags]',
  `
  judge          simulated sessions: what each rule of keeping gains, claims and wastes
  loop           idle time, slots, and the harness's own cost beside a bash loop (about five minutes)
  faults         sessions killed at seeded instants, resumed and checked (200)
  tuner          the tuner against random search: three simulated targets, then the trainer at ten steps (ten minutes)
  trainer        the trainer's speed beside a plain model, start-up, what its demo preset reaches (six minutes)
  report         digest and report of long sessions, beside a pandas and matplotlib script (a minute)
  site           the notebook's pages: time and memory of a build at 126, 910 and 10,000 experiments beside their limits
                 and Shiki alone, weights, then Lighthouse and axe for each kind of page (ten minutes; nothing beside it)
  --sessions N     simulated sessions a rule (judge) or a search (tuner)
  --experiments N  length of the session that measures the harness (loop), of a simulated one (tuner),
                 or the one size of notebook that is built (site)
  --kills N      how many sessions are killed (faults)
  --seed N       another draw
  --python PATH  an interpreter with pandas and matplotlib (report; python3)
  --notebook PATH  a notebook to run in the place of our script, on a results.tsv beside it (report)
  --json         the numbers as JSON
  --help

Example: ${command('bench judge --sessions 1000')}
`,
)

const benches = {
  judge: runJudgeBench,
  loop: benchLoop,
  faults: benchFaults,
  tuner: benchTuner,
  trainer: benchTrainer,
  report: benchReport,
  site: benchSite,
}

await main(async () => {
  const { values, positionals } = readFlags(
    help,
    {
      sessions: { type: 'string' },
      experiments: { type: 'string' },
      kills: { type: 'string' },
      seed: { type: 'string' },
      python: { type: 'string' },
      notebook: { type: 'string' },
      json: { type: 'boolean' },
    },
    1,
  )
  const name = positionals[0] ?? ''
  if (!(name in benches))
    throw new Failure(
      `There is no bench ${name || '(none named)'}.`,
      suggest(name, Object.keys(benches), `Name one of: ${Object.keys(benches).join(', ')}.`),
    )
  await benches[name as keyof typeof benches]({
    ...numbers(values),
    ...texts(values),
    json: values.json ?? false,
  })
})

function numbers(values: Record<string, string | boolean | undefined>): Record<string, number> {
  const given = ['sessions', 'experiments', 'kills', 'seed'].flatMap(name => {
    const text = values[name]
    return typeof text === 'string' ? [[name, whole(name, text)] as const] : []
  })
  return Object.fromEntries(given)
}

function texts(values: Record<string, string | boolean | undefined>): Record<string, string> {
  const given = ['python', 'notebook'].flatMap(name => (typeof values[name] === 'string' ? [[name, values[name]]] : []))
  return Object.fromEntries(given)
}

function whole(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1)
    throw new Failure(`--${name} ${text} is not a whole number above zero.`, `Example: --${name} 200`)
  return value
}
