/** `replicate --dry-run`: what would be run. */
import type { Terminal } from '../../lib/terminal/terminal.ts'
import { chooseSandbox } from '../sandbox/find.ts'
import { sandboxText } from '../sandbox/record.ts'
import { dataLine } from '../session/data.ts'
import type { PreparedReplication } from './open.ts'
import { describeReplication, planText } from './run.ts'

/** As steps, or as one line of JSON on standard output. */
export async function tellDryReplication(
  terminal: Terminal,
  { beginning, replication, notes }: PreparedReplication,
  json: boolean,
): Promise<void> {
  const { session, contract, repository } = beginning
  const data = dataLine(contract.data, repository.root)
  const sandbox = sandboxText(await chooseSandbox(contract))
  const sides = replication.plan.filter(({ commit }) => commit !== null).length
  const plan = planText(sides, contract.seeds, null)
  if (json) {
    const said = { session: session.id, base: session.baseCommit, data, sandbox, replication, notes, plan }
    process.stdout.write(`${JSON.stringify(said)}\n`)
    return
  }
  terminal.step('session', `${session.id}; a dry run runs nothing and leaves no record`)
  for (const text of describeReplication(replication)) terminal.step(...text)
  if (data !== null) terminal.step('data', data)
  terminal.step('sandbox', sandbox)
  for (const note of notes) terminal.step('note', note)
  terminal.step('plan', plan)
}
