/** Records and tells what a session's runs execute in. */
import { isDeepStrictEqual } from 'node:util'
import { mechanismText, sandboxLine } from '../../analysis/sandbox.ts'
import { emit } from '../session/context.ts'
import type { SandboxContext } from './context.ts'
import type { RunSandbox } from './find.ts'

/** Records it where it is not what the record has already. */
export async function recordSandbox(context: SandboxContext): Promise<void> {
  const { record } = context.sandbox
  const last = context.state.session.sandboxes?.at(-1)
  if (last !== undefined) {
    const { from: _, ...before } = last
    if (isDeepStrictEqual(before, record)) return
  }
  await emit(context, { event: 'sandbox', sandbox: record })
}

/** One line at the start, and one where a resumption finds another. */
export function tellSandbox({ terminal, sandbox, state }: SandboxContext): void {
  terminal.step('sandbox', sandboxText(sandbox))
  const last = state.session.sandboxes?.at(-1)
  const isOther = last === undefined || last.mechanism !== sandbox.record.mechanism
  if (isOther && state.experiments.length > 0)
    terminal.step(
      'note',
      `earlier runs of this session executed in another sandbox: ${last === undefined ? 'it is not recorded in which' : mechanismText(last.mechanism)}`,
    )
}

/** With what the user may do where there is none. */
export const sandboxText = ({ record, advice }: RunSandbox): string =>
  [sandboxLine(record), advice ?? ''].filter(text => text !== '').join(' ')
