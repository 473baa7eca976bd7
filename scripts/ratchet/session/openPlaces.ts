/** Opens the engine of a session, and checks its first machine before a new session begins. */
import { dirname, join } from 'node:path'
import type { Engine } from '../../engines/engine.ts'
import { type Opening, openEngine } from '../../engines/open.ts'
import { machineOf, smokeNotes } from '../../engines/smoke.ts'
import { Failure } from '../../lib/errors.ts'
import { duration } from '../../lib/format.ts'
import type { Repository } from '../../lib/git/git.ts'
import { sanitizeText } from '../../lib/text.ts'
import type { Contract } from '../../program/contract.ts'
import { engineSlots, gpusOfSlot } from '../../program/engine.ts'
import type { State } from '../../record/state.ts'
import { makePlan, startClock } from '../plan.ts'
import { chooseOnNode, chooseSandbox, type RunSandbox } from '../sandbox/find.ts'
import { changeOf, isReady, whyNoneLeft, whyUnfit } from '../train/execute/places.ts'
import type { SessionContext } from './context.ts'
import { engineRecord, filesFor, nodeLinks } from './nodeFiles.ts'

type Hooks = Pick<SessionContext, 'terminal' | 'interrupt'>

/**
 * @param purpose see `Opening`
 * @param most places to ask for; null: all of the contract
 * @returns null: runs execute in processes of this machine
 */
export const openPlaces = (
  { session }: Pick<State, 'session'>,
  contract: Contract,
  repository: Repository,
  work: string,
  tell: Opening['tell'],
  purpose: Opening['purpose'] = 'run',
  most: number | null = null,
): Promise<Engine | null> =>
  openEngine(contract.engine, {
    id: session.id,
    work,
    folder: join(repository.root, dirname(session.program)),
    resources: contract.resources,
    slots: most === null ? contract.slots : Math.min(most, engineSlots(contract) ?? most),
    target: contract.target,
    links: nodeLinks(contract, repository),
    files: filesFor(contract, repository, session.baseCommit, work),
    purpose,
    tell,
  })

/**
 * Waits until the first place of a new session is there, and describes its machine in the session's record.
 * @throws {Failure} in the words of the machine, where it can execute no run
 */
export async function describePlaces(
  { session }: Pick<State, 'session'>,
  contract: Contract,
  engine: Engine,
  { terminal, interrupt }: Hooks,
): Promise<void> {
  const clock = startClock(contract, new Date(session.startedAt), 0)
  const { end } = makePlan(contract, clock, null, 0)
  let told = 0
  while (!engine.places.some(place => isReady({ contract }, engine, place))) {
    const unfit = engine.places.map(place => whyUnfit({ contract }, place)).find(failure => failure !== null)
    const failure = unfit ?? whyNoneLeft({ contract }, engine, false)
    if (failure != null) throw failure
    if (interrupt.finish.aborted)
      throw new Failure('The session was stopped before a place was ready.', 'Nothing was begun, and nothing is left.')
    const seconds = clock.elapsed()
    if (end !== null && seconds > end)
      throw new Failure(
        `No place was ready before the end of the session, which waited ${duration(seconds)} for one.`,
        'Nothing was begun, and nothing is left. `hours` and `until` of program.md say when it ends.',
      )
    if (seconds >= told) {
      const reason = engine.places.flatMap(({ state }) => (state.kind === 'waiting' ? (state.reason ?? []) : []))[0]
      const why = reason === undefined ? '' : ` (${sanitizeText(reason, 100)})`
      const since = told === 0 ? '' : ` for ${duration(seconds)}`
      terminal.step('engine', `${engine.description}: waiting${since} for the first place${why}`)
      told = told === 0 ? 60 : 4 * told
    }
    await changeOf(engine, interrupt.finish)
  }
  const ready = engine.places.flatMap(({ facts }) => facts ?? [])
  const gpus = gpusOfSlot(contract)
  const all = engine.places.length
  if (contract.engine.use !== 'local') session.machine = await machineOf(contract.engine.use, ready, gpus)
  session.engine = engineRecord(contract, engine.description, all)
  const now = Date.now()
  const smokes = ready.map(facts => ({ facts, before: facts.clock, after: now }))
  for (const note of smokeNotes(smokes, { run: contract.run })) terminal.step('note', note)
}

/** What runs execute in: that of the first machine; while none is there, as the session recorded it last. */
export async function sandboxOf(
  { session }: Pick<State, 'session'>,
  contract: Contract,
  engine: Engine | null,
): Promise<RunSandbox> {
  if (engine === null) return chooseSandbox(contract)
  const facts = engine.places.find(place => place.facts !== null)?.facts
  if (facts != null) return chooseOnNode(contract, facts)
  const { from: _, ...record } = session.sandboxes?.at(-1) ?? {
    from: '',
    ...(await chooseSandbox({ ...contract, sandbox: 'off' })).record,
  }
  return { found: null, record, advice: null, isAssumed: true }
}
