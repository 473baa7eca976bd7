/** The engine `command` with a tiny base, through one of the recipes or commands of a test. */
import { mkdir } from 'node:fs/promises'
import { openCommand } from '../../../scripts/engines/command/engine.ts'
import type { Opening } from '../../../scripts/engines/open.ts'
import type { LauncherVerb } from '../../../scripts/program/commandEngine.ts'
import { type CommandSpec, storedEngine } from '../../../scripts/program/engine.ts'
import { tinySession } from '../awaiting.ts'

export interface TestOptions {
  id: string
  /** `.nightshift/<id>`. */
  work: string
  commands: Record<LauncherVerb, string>
  slots?: number
  more?: Partial<CommandSpec>
  purpose?: Opening['purpose']
}

/** Looks often, as tests wait for it. */
const POLL_EVERY_S = 0.2

export async function openTest({ id, work, commands, slots = 1, more, purpose = 'run' }: TestOptions) {
  await mkdir(work, { recursive: true })
  const spec = storedEngine.parse({ use: 'command', poll_every: POLL_EVERY_S, ...commands, ...more }) as CommandSpec
  return openCommand(spec, {
    id,
    work,
    folder: work,
    resources: null,
    slots,
    purpose,
    ...tinySession,
  })
}
