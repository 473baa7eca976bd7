/**
 * Kills a session at instants spread evenly over its events and the time between them. The session cannot end before,
 * because its last run waits until the harness has been killed.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { execa } from 'execa'
import { beforeAll, expect, test } from 'vitest'
import { files } from '../../../scripts/record/files/paths.ts'
import { createRandom } from '../../../scripts/stats/random.ts'
import { shellTrainer } from '../../helpers/target.ts'
import { type Finished, nightshift, untilLast } from '../../helpers/throwaway.ts'
import { args, checkWhole, finish, folderOf, target } from './faults.ts'

/** Number of instants; `pnpm bench faults` uses more. */
const count = Number(process.env.NIGHTSHIFT_INSTANTS ?? 14)
const random = createRandom(20261121)
const instants = Array.from({ length: count }, (_, i) => Number(((i + random.uniform()) / count).toFixed(4)))

/** The last run of confirm, the baseline's on its second seed, waits for `.git/open`, which a run in a sandbox reads. */
const held = shellTrainer.replace(
  'case',
  `look='const look = () => require("node:fs").existsSync(process.argv[1]) || setTimeout(look, 20); look()'
if [ "$RATE $NIGHTSHIFT_SEED" = '0.02 1002' ]; then node -e "$look" "\${NIGHTSHIFT_CURVE%%/sessions/*}/repo/.git/open"; fi
case`,
)
const heldTarget = (finished: Finished) => target({}, finished, held)
const open = (root: string) => writeFile(join(root, '.git/open'), '')

/** Of one whole session: its events until the last run has started, and the milliseconds between two of them. */
let made: { events: number; spacing: number }
const last = untilLast()
beforeAll(async () => {
  const root = await heldTarget(last)
  await open(root)
  const start = performance.now()
  const { exitCode, stdout, stderr } = await nightshift(root, 'session', [...args, '--json'])
  expect(exitCode, stderr).toBe(0)
  const events = stdout.split('\n').map(line => JSON.parse(line) as { event: string })
  made = {
    events: events.findLastIndex(({ event }) => event === 'run-started') + 1,
    spacing: (performance.now() - start) / events.length,
  }
}, 60_000)

test.concurrent.for(instants)(
  'a session killed after a share of %f of its events resumes completely',
  { timeout: 60_000 },
  async (instant, { onTestFinished }) => {
    const root = await heldTarget(onTestFinished)
    const session = nightshift(root, 'session', [...args, '--json'])
    // The time before the first event is an instant like the others.
    const place = instant * (made.events + 1)
    const after = Math.floor(place)
    await Promise.race([told(session.stdout, after), session])
    await Promise.race([wait((place - after) * made.spacing), session])
    session.kill('SIGKILL')
    const { signal, stderr } = await session
    expect(signal, stderr).toBe('SIGKILL')
    const journal = await readFile(files.journal(await folderOf(root)), 'utf8').catch(() => '')
    expect(journal).not.toContain('"stopped"')
    // A git that it had started may still write a ref; before the first event `finish` takes refs away.
    if (!journal.includes('\n')) await untilGitsEnd()
    await open(root)
    await finish(root)
    await checkWhole(root)
  },
)

/** Resolves when so many events were told. */
async function told(stdout: NodeJS.ReadableStream, events: number): Promise<void> {
  let lines = 0
  await new Promise<void>(done => {
    if (events === 0) return done()
    stdout.on('data', (data: Buffer) => {
      lines += data.toString().split('\n').length - 1
      if (lines >= events) done()
    })
  })
}

/** Resolves when no git that a harness has started by now runs any more; each is in a process group of its own. */
async function untilGitsEnd(): Promise<void> {
  const pids = async () => {
    const { stdout } = await execa('ps', ['-eo', 'pid=,stat=,args='])
    // A zombie, which nobody may ever reap, does not run.
    return [...stdout.matchAll(/^ *(\d+) +[^Z]\S* +git -c core\.hooksPath=/gm)].map(([, pid]) => pid)
  }
  const started = new Set(await pids())
  while ((await pids()).some(pid => started.has(pid))) await wait(10)
}
