/** Refuses commands of the user's that an agent could edit. */
import { dirname, posix, relative } from 'node:path'
import { Failure } from '../../lib/errors.ts'
import { slashes } from '../../lib/paths.ts'
import type { Hooks } from '../../program/automation.ts'
import { launcherVerbs } from '../../program/commandEngine.ts'
import type { EngineSpec } from '../../program/engine.ts'

/**
 * @param program path of program.md, in whose folder hooks start
 * @param root of the repository
 * @param edit the editable files, relative to `root`
 * @throws {Failure} a command names an editable file, also by its name alone after a `cd`
 */
export function checkHooks(hooks: Hooks, program: string, root: string, edit: string[]): void {
  check(
    Object.entries(hooks).map(([name, command]) => [`hooks.${name}`, command ?? '']),
    'so the agent could change what the hook does',
    'Name a file that no proposal may change. The files of a proposal are in the folder `worktree` of the event.',
    { program, root, edit },
  )
}

/** The same of the commands of `engine: { use: command, … }`. @throws {Failure} */
export function checkLauncher(engine: EngineSpec, program: string, root: string, edit: string[]): void {
  if (engine.use !== 'command') return
  check(
    launcherVerbs.map(verb => [`engine.${verb}`, engine[verb]]),
    'so the agent could change what your launcher does',
    'Name a file that no proposal may change.',
    { program, root, edit },
  )
}

function check(
  commands: [key: string, command: string][],
  why: string,
  advice: string,
  { program, root, edit }: { program: string; root: string; edit: string[] },
): void {
  const base = slashes(relative(root, dirname(program)))
  for (const [key, command] of commands) {
    const words = command.split(/[\s'"`;&|()<>=]+/).filter(word => word !== '')
    const found = words.find(word => edit.some(path => isPath(word, path, base, root)))
    if (found === undefined) continue
    throw new Failure(`${program}: ${key}: ${found} is in edit, ${why}.`, advice)
  }
}

function isPath(text: string, path: string, base: string, root: string): boolean {
  const word = text.replace(/^(\$PWD|\$\{PWD\})\/+/, '')
  const inside = posix.isAbsolute(word) ? slashes(relative(root, word)) : posix.join(base, word)
  return inside === path || path.endsWith(`/${posix.normalize(word)}`)
}
