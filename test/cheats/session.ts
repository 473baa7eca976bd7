/** Runs a session whose candidates are cheats, and says what came of each. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'vitest'
import { findSandbox } from '../../scripts/lib/sandbox/sandbox.ts'
import { readSession } from '../../scripts/record/files/paths.ts'
import type { Experiment, Session } from '../../scripts/record/schema.ts'
import { player } from '../helpers/target.ts'
import { nightshift, write } from '../helpers/throwaway.ts'
import type { Cheat, Outcome, World } from './cheat.ts'
import { makeRepository, makeWorld } from './world.ts'

/** A cheat whose session is over. */
export interface Tried {
  cheat: Cheat
  outcome: Outcome
  /** Of its experiment: the reason of a crash. */
  reason: string | null
}

export interface Target {
  /** Frontmatter besides edit, agent and what all have. */
  frontmatter: string
  /** The files but program.md and train.js. */
  files: Record<string, string>
  /** Text of train.js. */
  candidate: (code: string, index: number) => string
  prepare?: (world: World) => Promise<void>
}

const machine = await findSandbox()

/** Tests that each cheat comes to what its row says, in one session without a sandbox and one in the machine's best. */
export function testCheats(cheats: Cheat[], target: Target): void {
  for (const sandbox of ['off', 'auto'] as const)
    test.concurrent(`each cheat comes to what the table says, sandbox: ${sandbox}, ${target.frontmatter.split('\n')[0]}`, {
      timeout: 240_000,
    }, async ({ skip, onTestFinished, expect }) => {
      // What is not tried without a sandbox could harm the machine.
      if (sandbox === 'auto' && machine.sandbox === null) return skip(`no sandbox here: ${machine.advice}`)
      const world = await makeWorld(onTestFinished)
      await target.prepare?.(world)
      await makeRepository(world, {
        ...target.files,
        'world.json': JSON.stringify(world),
        'train.js': target.candidate('', 0),
        'program.md': programOf(target, join(world.repo, '../agent.sh'), sandbox),
      })
      const verdictOf = sandbox === 'auto' ? inSandbox : ({ without }: Cheat) => without
      const chosen = cheats.filter(cheat => verdictOf(cheat) !== null)
      const tried = await runCheats(world, target, chosen)
      const expected = chosen.map(cheat => [cheat.does, verdictOf(cheat)])
      const found = tried.map(({ cheat, outcome, reason }, i) => {
        const isExpected = expected[i]?.[1] === 'found' && (cheat.reason ?? /./).test(reason ?? '')
        // The reason says what to look for.
        return [cheat.does, outcome === 'found' && !isExpected ? `found: ${reason}` : outcome]
      })
      expect(found).toEqual(expected)
    })
}

/** In the sandbox of this machine; null: its mechanism promises nothing about that. */
function inSandbox({ needs, sandboxed }: Cheat): Outcome | null {
  return needs === undefined || machine.sandbox?.holds[needs] ? sandboxed : null
}

/** One proposal for each cheat, and one before it for what it leaves. */
const proposals = (cheats: Cheat[]) =>
  cheats.flatMap((cheat, i) => [
    ...(cheat.leaves === undefined ? [] : [{ cheat, code: cheat.leaves, index: i + 1, isLast: false }]),
    { cheat, code: cheat.code, index: i + 1, isLast: true },
  ])

const programOf = ({ frontmatter }: Target, agent: string, sandbox: 'auto' | 'off'): string => `---
edit: train.js
run: node train.js
sandbox: ${sandbox}
budget: 1s
timeout: 30s
seeds: 1
fixes: 0
prune: false
line_cost: 0
agent: { use: command, command: "sh ${agent}" }
fallback: []
${frontmatter}---
Make the loss smaller.
`

async function runCheats(world: World, target: Target, cheats: Cheat[]): Promise<Tried[]> {
  const made = proposals(cheats)
  const around = join(world.repo, '..')
  await write(around, {
    'agent.sh': player(made.map((_, i) => `cp ${join(around, 'cheats', `${i}.js`)} train.js; echo cheat ${i}`)),
    ...Object.fromEntries(made.map(({ code, index }, i) => [`cheats/${i}.js`, target.candidate(code, index)])),
  })
  const args = ['--program', 'program.md', '--experiments', String(made.length)]
  const result = await nightshift(world.repo, 'session', args, { HOME: world.home, NIGHTSHIFT_CACHE: world.cache })
  if (result.exitCode !== 0) throw new Error(`${result.stderr}\n${result.stdout}`)
  const id = (await readdir(world.sessions)).find(name => name !== 'earlier') ?? ''
  const { experiments, session } = await readSession(join(world.sessions, id))
  const tried: Tried[] = []
  for (const [i, { cheat, isLast }] of made.entries()) {
    if (!isLast) continue
    const experiment = experiments[i + 1]
    const left = (await cheat.left?.(world)) ?? false
    tried.push({ cheat, outcome: outcomeOf(cheat, experiment, session, left), reason: experiment?.reason ?? null })
  }
  const shown = `${result.stdout}${result.stderr}`
  if (/[\u0007\u001b]/.test(shown)) throw new Error('A control character of a run was shown.')
  return tried
}

function outcomeOf(cheat: Cheat, experiment: Experiment | undefined, session: Session, left: boolean): Outcome {
  if (experiment === undefined) throw new Error('The session ended before this cheat.')
  if (experiment.status === 'crash') return 'found'
  if (experiment.status !== 'keep' && !left) return 'fails'
  const isTold = session.traces?.some(
    trace => trace.experiments.includes(experiment.number) && cheat.told?.test(trace.what + trace.names.join()),
  )
  return isTold ? 'told' : 'works'
}
