/** The hooks of a session and how `before_experiment` has done so far. Pure. */
import { sanitizeText } from '../../lib/text.ts'
import type { Hooks } from '../../program/automation.ts'

/** The session stops after so many broken calls of `before_experiment` in a row. */
const MAX_BROKEN = 3
/** The same for refused proposals: a script that is missing or fails by itself exits as one that refuses. */
const MAX_REFUSED = 20

export interface UserHooks {
  commands: Hooks
  /** Calls of `before_experiment` in a row that were broken, and why the last one was. */
  broken: { count: number; why: string }
  /** Proposals in a row that it refused. */
  refused: number
}

export const openUserHooks = (commands: Hooks | null): UserHooks | null =>
  commands === null ? null : { commands, broken: { count: 0, why: '' }, refused: 0 }

/** "before_experiment: `sh check.sh`", one for each hook; empty without hooks. */
export const hookLines = (hooks: Hooks | null): string[] =>
  Object.entries(hooks ?? {}).flatMap(([name, command]: [string, string | null]) =>
    command === null ? [] : [`${name}: \`${sanitizeText(command)}\``],
  )

/** Why the session stops; null: `before_experiment` works, or there is none. */
export function whyHooksStop(userHooks: UserHooks | null): string | null {
  if (userHooks === null) return null
  const { broken, refused } = userHooks
  if (broken.count >= MAX_BROKEN)
    return `the hook before_experiment failed ${broken.count} times in a row: it ${broken.why}`
  return refused < MAX_REFUSED ? null : `the hook before_experiment refused ${refused} proposals in a row`
}
