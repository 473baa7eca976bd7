/** Getting a proposal: the best's files in the proposal worktree, the agent's turn, the guard. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Agent, Past, Proposal } from '../agents/agent.ts'
import { buildPrompt, type Redo } from '../agents/prompt.ts'
import { Failure } from '../lib/errors.ts'
import { resetWorktree, writeTree } from '../lib/git.ts'
import { clean } from '../lib/terminal.ts'
import { readProse } from '../program/read.ts'
import { experimentName, files } from '../record/files.ts'
import type { Candidate } from '../record/journal.ts'
import type { Experiment } from '../record/schema.ts'
import { nextNumber, tip } from '../record/state.ts'
import { type About, commitCandidate, type Refusal } from './candidate.ts'
import { type Crew, noteFailure, replace } from './crew.ts'
import { settle, unmeasured } from './judge.ts'
import type { Night } from './night.ts'
import { record } from './record.ts'

/** Asks the present agent once. @returns the candidate that is ready to run; null when there is none this time */
export async function propose(night: Night, crew: Crew): Promise<Candidate | null> {
  const agent = crew.agents[crew.current]
  const best = tip(night.state)
  if (!agent || !best) return null
  const redo = crew.redo.shift() ?? null
  const startedAt = new Date().toISOString()
  const start = performance.now()
  await resetWorktree(night.proposal.git, best.commit ?? '')
  const { prose, proseHash } = await readProse(night.program)
  const proposal = await ask(night, crew, agent, prose, redo)
  if (!proposal) {
    // What could not be made again is waiting for its verdict.
    if (redo) await giveUp(night, redo)
    return null
  }
  const { model, tokens, costUsd, hypothesis } = proposal
  const seconds = (performance.now() - start) / 1000 + (redo?.candidate.agent.seconds ?? 0)
  const about: About = {
    number: redo?.candidate.number ?? nextNumber(night.state),
    description: clean(proposal.description, 120) || 'no description',
    hypothesis,
    agent: { use: agent.use, model, seconds, tokens, costUsd },
    proseHash,
    startedAt: redo?.candidate.startedAt ?? startedAt,
  }
  const candidate = await night.judge(() => commitCandidate(night, about, best, night.proposal, redo !== null))
  if (!('refused' in candidate)) {
    crew.failures = 0
    return candidate
  }
  if (redo) await giveUp(night, redo)
  else await refuse(night, about, best, candidate)
  await noteFailure(night, crew, `${experimentName(about.number)} refused: ${candidate.refused}`, true)
  return null
}

/** Records a refused proposal as what it is; it cost no training. */
export async function refuse(night: Night, about: About, best: Experiment, refusal: Refusal): Promise<Experiment> {
  const { refused, ...lines } = refusal
  const parent = { number: best.number, commit: best.commit ?? '' }
  const none = { ...unmeasured, made: null, commit: null, tree: null }
  return night.judge(() =>
    record(night, { ...about, ...lines, ...none, parent, status: 'refused', reason: `Refused: ${refused}.` }),
  )
}

async function ask(night: Night, crew: Crew, agent: Agent, prose: string, redo: Redo | null): Promise<Proposal | null> {
  const { proposal, contract, state, interrupt } = night
  if (state.running.size === 0) night.terminal.live(`${'propose'.padEnd(9)} ${agent.use} is thinking`)
  try {
    const answer = await agent.propose({
      worktree: proposal.path,
      folder: join(proposal.path, contract.target),
      edit: contract.edit,
      prompt: buildPrompt(prose, contract, state, redo),
      goal: contract.metric.goal,
      history: await readHistory(night, crew),
      redo: redo && (await readPatch(night, crew, redo.candidate.number)),
      isTried: async () => night.tried.has(await writeTree(proposal.git)),
      // Thinking ends with the first Ctrl-C: its proposal would not be run any more.
      signal: interrupt.finish,
    })
    if (!answer && !redo) await replace(night, crew, 'it has nothing left to try')
    return answer
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    if (!interrupt.finish.aborted) await noteFailure(night, crew, error.message, false)
    return null
  }
}

function giveUp(night: Night, { candidate, why }: Redo): Promise<Experiment> {
  return night.judge(() =>
    settle(night, candidate, { ...unmeasured, status: 'unstackable', reason: `Not stackable: ${why}.` }),
  )
}

async function readHistory(night: Night, crew: Crew): Promise<Past[]> {
  return Promise.all(
    night.state.experiments.map(async experiment => ({
      experiment,
      patch: await readPatch(night, crew, experiment.number),
    })),
  )
}

async function readPatch({ folder }: Night, { patches }: Crew, number: number): Promise<string> {
  const known = patches.get(number)
  if (known !== undefined) return known
  const patch = await readFile(files.patch(folder, number), 'utf8').catch(() => '')
  patches.set(number, patch)
  return patch
}
