import { benchEngines } from '../bench/engines/engines.ts'
import { runJudgeBench } from '../bench/judge/judge.ts'
import { benchBusy } from '../bench/loop/busy.ts'
import { benchFaults } from '../bench/loop/faults.ts'
import { benchLoop } from '../bench/loop/loop.ts'
import { benchReport } from '../bench/report/report.ts'
import { benchSync } from '../bench/share/sync.ts'
import { benchSite } from '../bench/site/site.ts'
import { benchSlotCounts } from '../bench/slots/slots.ts'
import { benchTiers } from '../bench/tiers/tiers.ts'
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
  judge          what the program says of a session, checked on simulated sessions whose truth is known: labels, σ,
                 confirm, holdout, prune, replication, knobs, drift, and each decision rule (about an hour)
  loop           idle time, slots, the harness's overhead compared with a bash loop, and what the sandbox adds to a run
                 (about five minutes)
  busy           how busy 16 slots are with an agent that thinks for a third of a run: with one turn at a time, with as many as
                 are needed, with sweeps, and without a queue before each run (twenty minutes; --topics one,auto,…)
  engines        sessions on a Slurm of this machine, with runs that sleep: 16 slots of held jobs against one, and the
                 harness's time for an experiment with 64 (--topics slots: a quarter of an hour; three minutes with
                 --run 5), and one of 910 experiments that is killed and resumed (--topics long: ten minutes); with
                 --topics ray: 16 slots of a Ray of this machine against one
  faults         kill sessions at seeded instants, resume and check them (200)
  slots          the true gain of a session with 1 to 32 slots, on the tuner's simulated targets (three minutes)
  tiers          screening candidates with short runs against running each in full, for the same GPU time, simulated (a minute)
  tuner          the tuner against random search on three simulated targets, also in waves, and the trainer at ten steps
                 (a quarter of an hour)
  trainer        the trainer's speed compared with a plain model, overhead, results of its demo preset (six minutes)
  report         time to write the report of long sessions, compared with a pandas and matplotlib script (a minute)
  site           the notebook's build time and memory at 126, 910 and 10,000 experiments with their limits
                 and Shiki's share, page weights, Lighthouse and axe per kind of page (ten minutes on an idle machine)
  sync           time and memory to share 1,000 sessions over git, and to find nothing new (some minutes)
  --sessions N     simulated sessions per line (judge; 1000 gives errors of a point) or per line (slots, tiers) or search (tuner);
                   sessions to share (sync)
  --topics A,B     only these checks (judge, engines) or sessions (busy), or of tuner, random and law (slots)
  --experiments N  length of the measured session (loop) or of a simulated one (tuner),
                 the only notebook size to build (site), or how many each slot makes (engines, busy; 8)
  --run N        seconds of a run (engines, busy; 30)
  --kills N      number of sessions to kill (faults)
  --seed N       random seed
  --python PATH  interpreter with pandas and matplotlib (report; python3)
  --notebook PATH  notebook to run instead of our script; it reads results.tsv in its folder (report)
  --json         print the results as JSON
  --help

Example: ${command('bench judge --sessions 1000')}
`,
)

const benches = {
  judge: runJudgeBench,
  loop: benchLoop,
  busy: benchBusy,
  engines: benchEngines,
  faults: benchFaults,
  tuner: benchTuner,
  trainer: benchTrainer,
  report: benchReport,
  site: benchSite,
  slots: benchSlotCounts,
  sync: benchSync,
  tiers: benchTiers,
}

await main(async () => {
  const { values, positionals } = readFlags(
    help,
    {
      sessions: { type: 'string' },
      experiments: { type: 'string' },
      kills: { type: 'string' },
      run: { type: 'string' },
      seed: { type: 'string' },
      topics: { type: 'string' },
      python: { type: 'string' },
      notebook: { type: 'string' },
      json: { type: 'boolean' },
    },
    1,
  )
  const name = positionals[0] ?? ''
  if (!(name in benches))
    throw new Failure(
      name === '' ? 'No benchmark was named.' : `There is no benchmark ${name}.`,
      suggest(name, Object.keys(benches), `Name one of: ${Object.keys(benches).join(', ')}.`),
    )
  await benches[name as keyof typeof benches]({
    ...numbers(values),
    ...texts(values),
    json: values.json ?? false,
  })
})

function numbers(values: Record<string, string | boolean | undefined>): Record<string, number> {
  const given = ['sessions', 'experiments', 'kills', 'run', 'seed'].flatMap(name => {
    const text = values[name]
    return typeof text === 'string' ? [[name, whole(name, text)] as const] : []
  })
  return Object.fromEntries(given)
}

function texts(values: Record<string, string | boolean | undefined>): Record<string, string> {
  const given = ['topics', 'python', 'notebook'].flatMap(name =>
    typeof values[name] === 'string' ? [[name, values[name]]] : [],
  )
  return Object.fromEntries(given)
}

function whole(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1)
    throw new Failure(`--${name} ${text} is not a whole number above zero.`, `Example: --${name} 200`)
  return value
}
