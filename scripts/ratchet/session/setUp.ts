/** What is done before the first run: the trainer's Python, and the contract's setup command. */
import { join } from 'node:path'
import { execa } from 'execa'
import type { Engine } from '../../engines/engine.ts'
import { Failure } from '../../lib/errors.ts'
import { runMarkVariable } from '../../lib/process/orphans.ts'
import { sanitizeText } from '../../lib/text.ts'
import { runEnvironment } from '../train/environment.ts'
import { nodeEnvironment } from '../train/execute/makeNodeJob.ts'
import { readySlot } from '../train/execute/places.ts'
import { prepareSlot } from '../train/execute/prepareSlot.ts'
import type { SessionContext } from './context.ts'
import { ensureOwnTrainer } from './ownTrainer.ts'
import { helperMark } from './prepare.ts'
import { folderText } from './target.ts'

/** How often a line is printed of a setup command that takes long. */
const TOLD_MS = 60_000

/** Sets up the trainer's Python if needed, and runs the contract's setup command. */
export async function setUp(context: SessionContext): Promise<void> {
  if (context.engine !== null) return setUpElsewhere(context, context.engine)
  await ensureOwnTrainer(context)
  const { setup, target } = context.contract
  if (setup === null) return
  await prepareSlot(context, context.slots[0], context.state.session.baseCommit)
  const start = performance.now()
  const command = execa('sh', ['-c', setup], {
    cwd: join(context.slots[0].path, target),
    env: { ...runEnvironment(context.contract), [runMarkVariable]: helperMark(context.state.session.id, 'setup') },
    extendEnv: false,
    cancelSignal: context.interrupt.finish,
    killDescendants: true,
    reject: false,
    all: true,
    buffer: { all: false, stdout: false, stderr: false },
  })
  let [last, told] = ['', start]
  for await (const line of command.iterable({ from: 'all' })) {
    last = sanitizeText(line) || last
    context.terminal.live(`${'set up'.padEnd(9)} ${last}`)
    // A log file has no live line, and a download may take an hour.
    if (performance.now() - told < TOLD_MS) continue
    told = performance.now()
    context.terminal.step('set up', last)
  }
  const result = await command
  if (result.failed && !context.interrupt.finish.aborted)
    throw new Failure(
      `setup failed with ${result.signal ?? `exit code ${result.exitCode}`}: ${last}`,
      `Make \`${setup}\` work by hand in ${folderText(target)} first.`,
    )
  context.terminal.step('set up', `${setup}: ${last}`, (performance.now() - start) / 1000)
}

/** The same once at each machine of an engine. */
async function setUpElsewhere(context: SessionContext, engine: Engine): Promise<void> {
  const { contract, terminal } = context
  const { setup } = contract
  if (setup === null) return
  const slot = await readySlot(context, engine, context.interrupt.finish)
  const facts = slot && engine.places[slot.index]?.facts
  if (!facts) return
  const start = performance.now()
  let [last, told] = ['', start]
  await engine.setUp(setup, nodeEnvironment(contract, facts), (place, line) => {
    last = sanitizeText(line) || last
    terminal.live(`${'set up'.padEnd(9)} ${last}`)
    if (performance.now() - told < TOLD_MS) return
    told = performance.now()
    terminal.step('set up', `place ${place}: ${last}`)
  })
  terminal.step('set up', `${setup}: ${last}`, (performance.now() - start) / 1000)
}
