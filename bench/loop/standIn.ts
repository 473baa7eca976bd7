/** Sessions with stand-ins (a run that sleeps, an agent that counts), and the same loop in plain bash. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { execa } from 'execa'
import { z } from 'zod'
import { readJson } from '../../scripts/lib/files/read.ts'
import { notebook } from '../../scripts/lib/paths.ts'
import { files } from '../../scripts/record/files/paths.ts'
import { type JournalEvent, readJournal } from '../../scripts/record/journal.ts'

export interface SessionRun {
  experiments: number
  /** Seconds per run and per proposal. */
  run: number
  proposal: number
  slots: number
  /** auto: the key's default. */
  ahead: number | 'auto'
  /** By default 1. */
  proposers?: number | 'auto'
  /** Points of the sweep that each answer asks for; by default an answer is one edit. */
  sweep?: number
  /** Seconds that a run waits before it trains, as in the queue of a scheduler; by default 0. */
  queue?: number
  /** GPUs that a stand-in of nvidia-smi names; by default none. */
  gpus?: number
  /** By default auto. */
  sandbox?: 'auto' | 'off'
  /** The key of program.md, in YAML; by default this machine executes the runs. */
  engine?: string
  /** Further variables of the session. */
  env?: Record<string, string>
}

export interface SessionTrace {
  events: JournalEvent[]
  /** Resident memory of the harness in MB, sampled every 200 ms. */
  memory: number[]
  /** CPU seconds of the harness's own process, from start to end, and of the processes that it started and that ended. */
  cpuSeconds: number
  childSeconds: number
}

/** Runs a whole session in which every proposal is a new tree and is discarded. */
export async function runSession(session: SessionRun): Promise<SessionTrace> {
  return inScratch(async root => {
    await writeTarget(root, session)
    const { gpus = 0, env } = session
    const harness = await startHarness(root, { ...(gpus > 0 ? await standInGpus(root, gpus) : {}), ...env })
    await harness.ended
    return { ...harness.measured, events: await readJournal(await journalOf(root)) }
  })
}

/** Makes the repository of such a session, with its program.md. */
export async function writeTarget(root: string, about: SessionRun): Promise<void> {
  const { experiments, run, proposal, slots, ahead, sandbox = 'auto', engine = 'local' } = about
  const { proposers = 1, sweep = 1, queue = 0 } = about
  await createTarget(root, run, queue)
  const around = join(root, '..')
  const edit = `echo "const VALUE = $n" > value; echo value $n`
  const points = `echo "{\\"description\\": \\"values\\", \\"hypothesis\\": \\"none\\", \\"sweep\\": {\\"VALUE\\": [$(seq -s , $n $((n + ${sweep} - 1)))]}}"`
  // Turns may be under way at the same time, and each has numbers of its own.
  const count = `exec 9> "${around}/lock"; flock 9; n=$(cat "${around}/count" 2>/dev/null || echo 0); echo $((n + ${sweep})) > "${around}/count"; exec 9>&-`
  await writeFile(join(around, 'agent.sh'), `${count}\nsleep ${proposal}\n${sweep > 1 ? points : edit}\n`)
  const agent = `{ use: command, command: 'sh "${around}/agent.sh"' }`
  const program = ['---', 'edit: value', 'run: sh run.sh', 'metric: loss', 'budget: 1s', 'seeds: 1', 'fallback: []']
  const rest = [
    `experiments: ${experiments}`,
    `slots: ${slots}`,
    ...(ahead === 'auto' ? [] : [`ahead: ${ahead}`]),
    `proposers: ${proposers}`,
    `sandbox: ${sandbox}`,
    `engine: ${engine}`,
    `agent: ${agent}`,
    '---',
    'Count.',
  ]
  await writeFile(join(root, 'program.md'), [...program, ...rest].join('\n'))
}

/** Makes a stand-in of nvidia-smi. @returns the variables with which a session finds it */
async function standInGpus(root: string, gpus: number): Promise<Record<string, string>> {
  const folder = join(root, '../bin')
  const cards = Array.from({ length: gpus }, () => "echo 'NVIDIA Stand-in, 1.0'")
  await mkdir(folder)
  await writeFile(join(folder, 'nvidia-smi'), `#!/bin/sh\n${cards.join('\n')}\n`, { mode: 0o755 })
  return { PATH: [folder, process.env.PATH].join(delimiter) }
}

/** The harness of such a session. */
export interface Harness {
  measured: Omit<SessionTrace, 'events'>
  /** Rejects where it exits with anything but 0. */
  ended: Promise<unknown>
  /** Kills it, and it alone. */
  kill(): Promise<void>
}

/** Starts a session of the target, or resumes the one that is there. @param env further variables */
export async function startHarness(root: string, env: Record<string, string> = {}, resumes = false): Promise<Harness> {
  const session = execa(
    process.execPath,
    [
      ...(await nodeOptions()),
      join(notebook, 'scripts/session.ts'),
      ...(resumes ? ['resume'] : []),
      '--program',
      join(root, 'program.md'),
    ],
    {
      env: { ...env, NIGHTSHIFT_SESSIONS: join(root, '../sessions'), NIGHTSHIFT_WORK: join(root, '../work') },
      stdio: 'ignore',
    },
  )
  const measured = { memory: [] as number[], cpuSeconds: 0, childSeconds: 0 }
  const sampling = setInterval(() => {
    void residentMb(session.pid).then(mb => mb > 0 && measured.memory.push(mb))
    void cpuOf(session.pid).then(({ own, children }) => {
      if (own > measured.cpuSeconds) Object.assign(measured, { cpuSeconds: own, childSeconds: children })
    })
  }, 200)
  const ended = session.finally(() => clearInterval(sampling))
  // Whoever kills it does not wait for `ended`.
  ended.catch(() => {})
  return {
    measured,
    ended,
    async kill() {
      session.kill('SIGKILL')
      await ended.catch(() => {})
    },
  }
}

/** Path of the only session's journal. */
export async function journalOf(root: string): Promise<string> {
  const [id = ''] = await readdir(join(root, '../sessions'))
  return files.journal(join(root, '../sessions', id))
}

/** The options with which `npx pnpm session` starts Node, which limit its memory. */
async function nodeOptions(): Promise<string[]> {
  const { scripts } = await readJson(
    join(notebook, 'package.json'),
    z.object({ scripts: z.object({ session: z.string() }) }),
  )
  return scripts.session.split(' ').filter(word => word.startsWith('--'))
}

async function createTarget(root: string, run: number, queue = 0): Promise<void> {
  await mkdir(root)
  await writeFile(join(root, 'value'), 'const VALUE = 0\n')
  const wait = queue > 0 ? `sleep ${queue}\n` : ''
  // The baseline is the best, so every proposal is discarded.
  await writeFile(
    join(root, 'run.sh'),
    `const() { eval "$1=$3"; }\n. ./value\n${wait}sleep ${run}\necho ---\necho "loss: $VALUE.5"\n`,
  )
  const git = (...args: string[]) =>
    execa('git', ['-c', 'user.name=bench', '-c', 'user.email=bench@localhost', ...args], { cwd: root })
  await git('init', '-q')
  await git('add', '-A')
  await git('commit', '-qm', 'the target')
}

/** karpathy/autoresearch's loop as a shell script, on the same target. @returns seconds per experiment */
export async function bashLoop(experiments: number): Promise<number> {
  return inScratch(async root => {
    await createTarget(root, 0)
    const script = `set -e
git config user.name bench; git config user.email bench@localhost
printf 'commit\\tloss\\tmemory_gb\\tstatus\\tdescription\\n' > ../results.tsv
best=1
for n in $(seq 1 ${experiments}); do
  echo "const VALUE = $n" > value
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

/** @param work with a path in a folder of its own, which is removed afterwards */
export async function inScratch<T>(work: (root: string) => Promise<T>): Promise<T> {
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

interface CpuSeconds {
  own: number
  children: number
}

/** User and system seconds of a process, and of its children that have ended; 0 where /proc does not say it. */
async function cpuOf(pid: number | undefined): Promise<CpuSeconds> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // The name of the program may hold spaces; utime, stime, cutime and cstime are the 14th to 17th field, in hundredths.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.slice(11, 15).map(Number)
  return { own: (user + system) / 100, children: (childUser + childSystem) / 100 }
}
