/** Getting a proposal: the best's files in the proposal worktree, the agent's turn, the guard. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Agent, Past, Proposal } from '../agents/agent.ts'
import { buildPrompt, type Redo } from '../agents/prompt.ts'
import { Failure } from '../lib/errors.ts'
import { unpruned } from '../lib/git.ts'
import { clean } from '../lib/terminal.ts'
import { resetWorktree, writeTree } from '../lib/worktree.ts'
import { readProse } from '../program/read.ts'
import { experimentName, files } from '../record/files.ts'
import type { Candidate } from '../record/journal.ts'
import type { Experiment } from '../record/schema.ts'
import { nextNumber, tip } from '../record/state.ts'
import { type About, commitCandidate, type Refusal } from './candidate.ts'
import { type Crew, noteFailure, replace } from './crew.ts'
import { settle, unmeasured } from './judge.ts'
import type { Night } from './night.ts'
import { agentMark } from './prepare.ts'
import { record } from './record.ts'

/**
 * Asks the present agent once.
 * @param quit ends its thinking: what it would propose is not run any more
 * @returns the candidate that is ready to run; null when there is none this time
 */
export async function propose(night: Night, crew: Crew, quit: AbortSignal): Promise<Candidate | null> {
  const agent = crew.agents[crew.current]
  const best = tip(night.state)
  if (!agent || !best) return null
  const redo = crew.redo.shift() ?? null
  const startedAt = new Date().toISOString()
  const start = performance.now()
  await resetWorktree(night.proposal.git, best.commit ?? '')
  const { prose, proseHash } = await readProse(night.program)
  const proposal = await ask(night, crew, agent, prose, redo, quit)
  if (proposal === 'down') {
    // It may be made again when the agent is back, or by the fallback.
    if (redo) crew.redo.unshift(redo)
    return null
  }
  if (proposal === null) {
    if (redo) await giveUp(night, redo)
    return null
  }
  const { model, tokens, costUsd, hypothesis } = proposal
  const seconds = (performance.now() - start) / 1000 + (redo?.candidate.agent.seconds ?? 0)
  const about: About = {
    number: redo?.candidate.number ?? nextNumber(night.state),
    description: clean(proposal.description ?? '', 120) || 'no description',
    hypothesis,
    agent: { use: agent.use, model, seconds, tokens, costUsd },
    proseHash,
    startedAt: redo?.candidate.startedAt ?? startedAt,
  }
  const candidate = await night.judge(() =>
    commitCandidate(night, about, best, night.proposal, redo?.candidate ?? null),
  )
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

async function ask(
  night: Night,
  crew: Crew,
  agent: Agent,
  prose: string,
  redo: Redo | null,
  quit: AbortSignal,
): Promise<Proposal | null | 'down'> {
  const { proposal, contract, state } = night
  if (state.running.size === 0) night.terminal.live(`${'propose'.padEnd(9)} ${agent.use} is thinking`)
  try {
    const answer = await agent.propose({
      worktree: proposal.path,
      folder: join(proposal.path, contract.target),
      edit: contract.edit,
      prompt: buildPrompt(prose, contract, state, redo),
      goal: contract.metric.goal,
      history: await readHistory(night, crew),
      redo: redo && (await readPatch(night, redo.candidate.number)),
      isTried: async () => isTried(night.tried.get(await unpruned(proposal.git, () => writeTree(proposal.git))), redo),
      mark: agentMark(state.session.id),
      transcript: null,
      signal: quit,
    })
    if (!answer && !redo) await replace(night, crew, 'it has nothing left to try')
    return answer
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    if (!quit.aborted) await noteFailure(night, crew, error.message, false)
    return 'down'
  }
}

const isTried = (by: number | undefined, redo: Redo | null): boolean =>
  by !== undefined && by !== redo?.candidate.number

function giveUp(night: Night, { candidate, why }: Redo): Promise<Experiment> {
  return night.judge(() =>
    settle(night, candidate, { ...unmeasured, status: 'unstackable', reason: `Not stackable: ${why}.` }),
  )
}

/** What was judged, and what waits for its verdict. */
async function readHistory(night: Night, { patches }: Crew): Promise<Past[]> {
  const past: Past[] = []
  for (const { number, status } of night.state.experiments) {
    const patch = patches.get(number) ?? (await readPatch(night, number))
    patches.set(number, patch)
    past.push({ number, status, patch })
  }
  for (const number of night.state.pending.keys())
    past.push({ number, status: null, patch: await readPatch(night, number) })
  return past
}

const readPatch = ({ folder }: Night, number: number): Promise<string> =>
  readFile(files.patch(folder, number), 'utf8').catch(() => '')
