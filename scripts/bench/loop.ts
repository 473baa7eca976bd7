/**
 * What the harness costs and what it saves: idle time with and without thinking ahead, four slots against one, and
 * its own time an experiment beside a plain bash loop. Stand-ins at a scale; ratios within one run.
 */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { median } from 'simple-statistics'
import { notebook } from '../lib/paths.ts'
import { files } from '../record/files.ts'
import { type JournalEvent, readJournal } from '../record/journal.ts'

interface Night {
  experiments: number
  /** What a run and a proposal take, seconds. */
  run: number
  think: number
  slots: number
  ahead: number
}

/** @param args.experiments length of the night that measures the harness's own cost */
export async function benchLoop({
  experiments = 200,
  json = false,
}: {
  experiments?: number
  json?: boolean
}): Promise<void> {
  // A minute of thinking to five of training, at a thirtieth.
  const scaled = { experiments: 8, run: 10, think: 2, slots: 1 }
  const results = {
    serialIdle: idleShare(await night({ ...scaled, ahead: 0 })),
    aheadIdle: idleShare(await night({ ...scaled, ahead: 1 })),
    oneSlot: rate(await night({ experiments: 12, run: 4, think: 0, slots: 1, ahead: 1 })),
    fourSlots: rate(await night({ experiments: 48, run: 4, think: 0, slots: 4, ahead: 1 })),
    bash: await bashLoop(50),
    ...ownCost(await night({ experiments, run: 0, think: 0, slots: 1, ahead: 0 })),
  }
  if (json) {
    process.stdout.write(`${JSON.stringify(results)}\n`)
    return
  }
  const percent = (share: number) => `${(100 * share).toFixed(1)}%`
  const ms = (seconds: number) => `${(1000 * seconds).toFixed(0)} ms`
  console.log(
    `GPU waits, think 2 s, run 10 s     serial ${percent(results.serialIdle)}   ahead: 1 ${percent(results.aheadIdle)}`,
  )
  console.log(`experiments, four slots / one      ${(results.fourSlots / results.oneSlot).toFixed(2)} times`)
  console.log(
    `harness an experiment (median)     ${ms(results.cost)}, a 20-line bash loop ${ms(results.bash)}: ${(results.cost / results.bash).toFixed(1)} times`,
  )
  console.log(
    `the last tenth against the first   ${(results.late / results.early).toFixed(2)} times over ${experiments} experiments`,
  )
  console.log(
    `resident memory, late / early      ${results.memoryLate.toFixed(0)} / ${results.memoryEarly.toFixed(0)} MB`,
  )
}

interface Made {
  events: JournalEvent[]
  /** Resident memory of the harness, MB, sampled five times a second. */
  memory: number[]
}

/** A whole session of stand-ins: a shell script that sleeps and prints a block, an agent that counts. */
async function night({ experiments, run, think, slots, ahead }: Night): Promise<Made> {
  return inScratch(async root => {
    await target(root, run)
    const agent = `{ use: command, command: 'n=$(cat "${root}/../count" 2>/dev/null || echo 0); echo $((n + 1)) > "${root}/../count"; sleep ${think}; echo VALUE=$n > value; echo value $n' }`
    const program = ['---', 'edit: value', 'run: sh run.sh', 'metric: loss', 'budget: 1s', 'seeds: 1', 'fallback: []']
    const rest = [
      `experiments: ${experiments}`,
      `slots: ${slots}`,
      `ahead: ${ahead}`,
      `agent: ${agent}`,
      '---',
      'Count.',
    ]
    await writeFile(join(root, 'program.md'), [...program, ...rest].join('\n'))
    const session = execa(
      process.execPath,
      [join(notebook, 'scripts/session.ts'), '--program', join(root, 'program.md')],
      {
        env: { NIGHTSHIFT_SESSIONS: join(root, '../sessions'), NIGHTSHIFT_WORK: join(root, '../work') },
        stdio: 'ignore',
      },
    )
    const memory: number[] = []
    const sampling = setInterval(() => void residentMb(session.pid).then(mb => memory.push(mb)), 200)
    await session.finally(() => clearInterval(sampling))
    const [id = ''] = await readdir(join(root, '../sessions'))
    return {
      events: await readJournal(files.journal(join(root, '../sessions', id))),
      memory: memory.filter(mb => mb > 0),
    }
  })
}

async function target(root: string, run: number): Promise<void> {
  await mkdir(root)
  await writeFile(join(root, 'value'), 'VALUE=0\n')
  // The first value is the best: every proposal is a discard.
  await writeFile(join(root, 'run.sh'), `. ./value\nsleep ${run}\necho ---\necho "loss: $VALUE.5"\n`)
  const git = (...args: string[]) =>
    execa('git', ['-c', 'user.name=bench', '-c', 'user.email=bench@localhost', ...args], { cwd: root })
  await git('init', '-q')
  await git('add', '-A')
  await git('commit', '-qm', 'the target')
}

/** Share of the loop in which no run was under way. */
function idleShare({ events }: Made): number {
  const runs = events.flatMap(e => (e.event === 'run-finished' && e.experiment > 0 ? [e.run] : []))
  const start = Math.min(...runs.map(run => Date.parse(run.startedAt)))
  const end = Math.max(...runs.map(run => Date.parse(run.startedAt) + 1000 * run.seconds))
  return 1 - runs.reduce((sum, run) => sum + 1000 * run.seconds, 0) / (end - start)
}

/** Experiments a second, the baseline apart. */
function rate({ events }: Made): number {
  const at = (name: JournalEvent['event']) => events.filter(e => e.event === name).map(e => Date.parse(e.at))
  const judged = at('judged')
  return (1000 * (judged.length - 1)) / ((judged.at(-1) ?? 0) - (judged[0] ?? 0))
}

/** From one verdict to the next, less what the agent and the run took; medians, seconds. */
function ownCost({ events, memory }: Made) {
  const judged = events.flatMap(e =>
    e.event === 'judged'
      ? [{ at: Date.parse(e.at), number: e.experiment.number, think: e.experiment.agent.seconds }]
      : [],
  )
  const ran = new Map(events.flatMap(e => (e.event === 'run-finished' ? [[e.experiment, e.run.seconds] as const] : [])))
  const costs = judged.slice(1).map((e, i) => (e.at - (judged[i]?.at ?? 0)) / 1000 - e.think - (ran.get(e.number) ?? 0))
  const tenth = Math.max(5, Math.floor(costs.length / 10))
  const sampled = Math.max(1, Math.floor(memory.length / 10))
  return {
    cost: median(costs),
    early: median(costs.slice(0, tenth)),
    late: median(costs.slice(-tenth)),
    memoryEarly: median(memory.slice(sampled, 2 * sampled + 1)),
    memoryLate: median(memory.slice(-sampled)),
  }
}

/** karpathy/autoresearch's loop as one would write it in a shell, on the same target. @returns seconds an experiment */
async function bashLoop(experiments: number): Promise<number> {
  return inScratch(async root => {
    await target(root, 0)
    const script = `set -e
git config user.name bench; git config user.email bench@localhost
printf 'commit\\tloss\\tmemory_gb\\tstatus\\tdescription\\n' > ../results.tsv
best=1
for n in $(seq 1 ${experiments}); do
  echo "VALUE=$n" > value
  git commit -qam "value $n"
  if sh run.sh > ../run.log 2>&1; then
    loss=$(grep '^loss:' ../run.log | tail -n 1 | cut -d ' ' -f 2)
    status=discard
    if [ "$(echo "$loss < $best" | awk '{ print ($1 < $3) }')" = 1 ]; then status=keep; best=$loss; fi
  else
    loss=0.000000; status=crash
  fi
  printf '%s\\t%s\\t0.0\\t%s\\tvalue %s\\n' "$(git rev-parse --short HEAD)" "$loss" "$status" "$n" >> ../results.tsv
  [ "$status" = keep ] || git reset -q --hard HEAD~1
done
`
    const start = performance.now()
    await execa('bash', ['-c', script], { cwd: root })
    return (performance.now() - start) / 1000 / experiments
  })
}

async function inScratch<T>(work: (root: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'nightshift-bench-'))
  try {
    return await work(join(folder, 'repo'))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function residentMb(pid: number | undefined): Promise<number> {
  const { stdout } = await execa('ps', ['-o', 'rss=', '-p', String(pid)], { reject: false })
  return Number(stdout) / 1024
}
