/** `--dry-run`: what a session would do next. Runs nothing, calls no agent and leaves no record. */
import { dirname, join } from 'node:path'
import { buildPrompt, MAX_PROMPT_TOKENS, type Prompt } from '../../agents/prompt/prompt.ts'
import { readEarlier } from '../../analysis/forecast/earlier.ts'
import type { Forecast } from '../../analysis/forecast/forecast.ts'
import { openRepository } from '../../lib/git/git.ts'
import { notebook, sessionsRoot } from '../../lib/paths.ts'
import type { Terminal } from '../../lib/terminal/terminal.ts'
import type { Contract } from '../../program/contract.ts'
import { engineSlots } from '../../program/engine.ts'
import { readAutomation, readContract, readProse } from '../../program/read.ts'
import { activeSeconds } from '../../record/activeTime.ts'
import { initialState, type State } from '../../record/state.ts'
import { forecastOf, kindOf, tellForecast } from '../forecast.ts'
import { gpuNotesNow } from '../gpu/atStart.ts'
import { readUserHooks } from '../hooks/hooks.ts'
import { hookLines } from '../hooks/userHooks.ts'
import { makePlan, medianRunSeconds, planText, startClock } from '../plan.ts'
import { type CheckedAgent, checkAgents, printAgents, proposerOf } from '../propose/checkedAgents.ts'
import { openPromptCache, readPromptInput } from '../propose/promptInput.ts'
import { chooseSandbox } from '../sandbox/find.ts'
import { sandboxText } from '../sandbox/record.ts'
import { evaluatorLines } from '../train/evaluate/tell.ts'
import { frozenPaths } from '../train/freeze.ts'
import { checkoutNotes } from './checkoutNotes.ts'
import { dataLine } from './data.ts'
import { type DryEngine, dryEngine, dryEngineLines } from './dryEngine.ts'
import { inheritedNote } from './from.ts'
import { findProgram, readStart, type Start, seedNotes } from './open.ts'
import { assignGpus } from './prepare.ts'
import { type NewLimits, replay } from './resume.ts'

export interface DryRun {
  session: string
  contract: Contract
  /** What runs measure; null where nothing names it. */
  data: string | null
  /** Where runs would execute; null: on this machine. */
  engine: DryEngine | null
  /** What runs would execute in. */
  sandbox: string
  /** What measures runs, and what is hidden from them, as steps of the terminal. */
  measuring: [key: string, text: string][]
  /** Notes for the user before the start. */
  notes: string[]
  plan: string
  forecast: Forecast
  /** One line for each of the user's hooks. */
  hooks: string[]
  agents: CheckedAgent[]
  prompt: Prompt
}

/** Dry run of a new session. @throws {Failure} as the session itself would */
export async function dryStart(start: Pick<Start, 'program' | 'overrides' | 'tag' | 'from'>): Promise<DryRun> {
  const { program, contract, repository, session, startNotes } = await readStart(start, false)
  await frozenPaths(repository.git, session.baseCommit, contract.edit, contract.freeze)
  const { inherited } = session
  const notes = [
    ...(inherited === undefined ? [] : [inheritedNote(inherited)]),
    ...program.inferred.map(line => `inferred ${line}`),
    ...(await checkoutNotes(repository, session.program, contract)),
    ...startNotes,
    ...seedNotes(session),
    ...(contract.engine.use === 'local' ? await gpuNotesNow(session.id, contract, session.machine.gpus) : []),
  ]
  return {
    ...(await look({ program: program.path, contract, root: repository.root, state: initialState(session), spent: 0 })),
    notes,
  }
}

/** Dry run of an existing session, which may be running. @throws {Failure} an agent could edit a hook */
export async function dryResume(id: string, further: NewLimits): Promise<DryRun> {
  const { state } = await replay(join(sessionsRoot, id))
  const contract = { ...readContract(state.session), ...state.stopRules, ...further }
  const program = await findProgram(id, join(notebook, state.session.program))
  const repository = await openRepository(dirname(program))
  await readUserHooks({ program, contract, repository })
  return look({ program, contract, root: repository.root, state, spent: activeSeconds(state.session, state.seenAt) })
}

interface Next {
  program: string
  contract: Contract
  /** The repository's. */
  root: string
  state: State
  /** Seconds that the session has run. */
  spent: number
}

async function look({ program, contract, root, state, spent }: Next): Promise<DryRun> {
  const { session } = state
  const { prose } = await readProse(program)
  const own = assignGpus(contract.slots, session.machine.gpus ?? 0, process.env.CUDA_VISIBLE_DEVICES).length
  const slots = engineSlots(contract) ?? own
  const input = await readPromptInput(
    { folder: join(sessionsRoot, session.id), contract, state },
    openPromptCache(),
    prose,
    [],
    { slots, others: 0 },
  )
  const now = new Date()
  const agents = await checkAgents(contract, null)
  const clock = startClock(contract, now, spent)
  const inherits = session.inherited !== undefined
  const planFor = (runSeconds: number | null) => makePlan(contract, clock, runSeconds, contract.seeds, slots, inherits)
  const plan = planFor(medianRunSeconds(state))
  const sandbox = contract.engine.use === 'local' ? await chooseSandbox(contract) : null
  const planned = { contract, state, planFor, elapsed: spent, agent: proposerOf(agents) ?? contract.agent }
  const forecast = forecastOf(planned, await readEarlier(sessionsRoot, kindOf(planned)))
  return {
    session: session.id,
    contract,
    engine: dryEngine(contract, session.id, plan.end === null ? (forecast.hours?.middle ?? null) : plan.end / 3600),
    data: dataLine(contract.data, root),
    sandbox:
      sandbox === null ? 'what each node holds, which it is asked when the session starts' : sandboxText(sandbox),
    // What a run on a node can read is known when its sandbox is.
    measuring: evaluatorLines(sandbox === null ? { ...contract, hide: [] } : contract, session, sandbox?.found != null),
    notes: [],
    plan: planText(plan, contract.seeds, new Date(now.getTime() - spent * 1000)),
    forecast,
    hooks: hookLines((await readAutomation(program)).hooks),
    agents,
    prompt: buildPrompt(input),
  }
}

const count = (tokens: number): string => tokens.toLocaleString('en-US')

/** What will be done at the end of the session: a keyword and a text. */
export interface PlannedEnd {
  key: string
  text: string
}

/**
 * The check's results and the prompt's size by section as steps, and the prompt on standard output; or all of it as one
 * line of JSON there. The exit code is 2 when nobody can propose.
 */
export function tellDryRun(terminal: Terminal, dry: DryRun, atEnd: PlannedEnd[], json: boolean): void {
  const { session, contract, data, engine, sandbox, measuring, notes, plan, forecast, hooks, agents, prompt } = dry
  const listed = agents.map(({ spec, checked }) => ({ ...checked, model: spec.model }))
  if (listed.every(({ problem }) => problem !== null)) process.exitCode = 2
  if (json) {
    const size = { ...prompt, limit: MAX_PROMPT_TOKENS }
    const said = {
      session,
      agents: listed,
      data,
      engine,
      sandbox,
      notes,
      plan,
      forecast,
      hooks,
      atEnd,
      contract,
      prompt: size,
    }
    process.stdout.write(`${JSON.stringify(said)}\n`)
    return
  }
  terminal.step('session', `${session}; a dry run runs nothing and leaves no record`)
  if (data !== null) terminal.step('data', data)
  for (const line of engine === null ? [] : dryEngineLines(engine, contract)) terminal.step(...line)
  terminal.step('sandbox', sandbox)
  for (const line of measuring) terminal.step(...line)
  for (const note of notes) terminal.step('note', note)
  printAgents(terminal, agents)
  if (proposerOf(agents)?.use === 'tuner')
    terminal.step('note', 'the tuner reads no prompt; any other agent would get this one')
  terminal.step('plan', plan)
  tellForecast(terminal, forecast)
  for (const line of hooks) terminal.step('hook', line)
  for (const { key, text } of atEnd) terminal.step(key, text)
  terminal.step('prompt', `at most ${count(prompt.tokens)} tokens of the ${count(MAX_PROMPT_TOKENS)} allowed:`)
  for (const { name, tokens, omitted } of prompt.sections)
    terminal.step(
      '',
      `${String(tokens).padStart(6)} ${name}${omitted > 0 ? `, ${omitted} entries left out: no room` : ''}`,
    )
  process.stdout.write(`${prompt.text}\n`)
}
