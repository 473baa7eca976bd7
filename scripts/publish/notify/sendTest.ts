/** `pnpm session --notify-test`: sends a test message before the night, and says what answered. */
import { command } from '../../lib/command.ts'
import { Failure } from '../../lib/errors.ts'
import type { Terminal } from '../../lib/terminal/terminal.ts'
import { readAutomation } from '../../program/read.ts'
import { testMessage } from './message.ts'
import { send } from './notifier.ts'
import { readReceiver } from './receiver.ts'

/**
 * @param program path of program.md
 * @throws {Failure} when nobody is to be told, or the message was not acknowledged
 */
export async function testNotify(program: string, terminal: Terminal): Promise<void> {
  const { notify } = await readAutomation(program)
  if (notify === null)
    throw new Failure(
      `${program} has no notify.`,
      'Add e.g. `notify: { url: $SLACK_WEBHOOK_URL }` to its frontmatter; docs/sessions.md lists the services.',
    )
  const receiver = readReceiver(notify, process.env)
  terminal.step('notify', `${notify.on.join(', ')}: ${receiver.described}`)
  const { ok, what } = await send(receiver, testMessage(), program)
  if (ok) return terminal.step('test', `${receiver.name} ${what}`)
  throw new Failure(
    `The test message was not acknowledged: ${receiver.name} ${what}.`,
    `Correct the address or the command, then again: \`${command('session --notify-test')}\`.`,
  )
}
