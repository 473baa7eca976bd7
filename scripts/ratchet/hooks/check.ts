/** Refuses a hook that an agent could edit. */
import { dirname, posix, relative } from 'node:path'
import { Failure } from '../../lib/errors.ts'
import { slashes } from '../../lib/paths.ts'
import type { Hooks } from '../../program/automation.ts'

/**
 * @param program path of program.md, in whose folder hooks start
 * @param root of the repository
 * @param edit the editable files, relative to `root`
 * @throws {Failure} a command names an editable file, also by its name alone after a `cd`
 */
export function checkHooks(hooks: Hooks, program: string, root: string, edit: string[]): void {
  const base = slashes(relative(root, dirname(program)))
  for (const [name, command] of Object.entries(hooks) as [string, string | null][]) {
    const words = (command ?? '').split(/[\s'"`;&|()<>=]+/).filter(word => word !== '')
    const found = words.find(word => edit.some(path => isPath(word, path, base, root)))
    if (found === undefined) continue
    throw new Failure(
      `${program}: hooks.${name}: ${found} is in edit, so the agent could change what the hook does.`,
      'Name a file that no proposal may change. The files of a proposal are in the folder `worktree` of the event.',
    )
  }
}

function isPath(text: string, path: string, base: string, root: string): boolean {
  const word = text.replace(/^(\$PWD|\$\{PWD\})\/+/, '')
  const inside = posix.isAbsolute(word) ? slashes(relative(root, word)) : posix.join(base, word)
  return inside === path || path.endsWith(`/${posix.normalize(word)}`)
}
