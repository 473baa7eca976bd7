/** `pnpm session --notify-test`: sends a test message before a session, and says what answered. */
import { command } from '../../lib/command.ts'
import { Failure } from '../../lib/errors.ts'
import type { Terminal } from '../../lib/terminal/terminal.ts'
import { readAutomation } from '../../program/read.ts'
import { testMessage } from './message.ts'
import { answerText, send } from './notifier.ts'
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
  const answer = await send(receiver, testMessage(), program)
  if (answer.ok) return terminal.step('test', answerText(receiver, answer))
  throw new Failure(
    `The test message was not acknowledged: ${answerText(receiver, answer)}.`,
    `Correct the address or the command, then again: \`${command('session --notify-test')}\`.`,
  )
}
