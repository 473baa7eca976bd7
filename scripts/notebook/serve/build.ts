/** The notebook's pages as files, and the program that draws single ones anew: built beside the old, then put in their place. */

import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { constants, setPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { execa } from 'execa'
import { command } from '../../lib/command.ts'
import { Failure } from '../../lib/errors.ts'
import { notebook } from '../../lib/paths.ts'
import type { Versions } from './records.ts'

export interface Built {
  /** From 1; each is a folder of its own. */
  number: number
  /** Where the files are. */
  folder: string
  /** Of the records as they were just before. */
  versions: Versions
  render: (locals: App.Locals) => Promise<string>
}

export interface Builds {
  /**
   * @param lowPriority whether it gives way to all other processes: the machine may be training
   * @throws {Failure} when the build fails; the one before stands
   */
  next: (versions: Versions, lowPriority: boolean) => Promise<Built>
  /** Takes all folders away. */
  close: () => Promise<void>
}

export async function openBuilds(sessions: string, signal: AbortSignal): Promise<Builds> {
  const root = await mkdtemp(join(tmpdir(), 'nightshift-serve-'))
  // The program's packages are found from where it lies.
  await symlink(join(notebook, 'node_modules'), join(root, 'node_modules'), 'junction')
  let number = 0

  async function next(versions: Versions, lowPriority: boolean): Promise<Built> {
    const folder = join(root, String(++number))
    await mkdir(folder)
    const [site, program] = [join(folder, 'site'), join(folder, 'program')]
    await run(sessions, site, program, lowPriority, signal)
    // Who opened a page before this one may still load what belongs to it: the last but one goes.
    await rm(join(root, String(number - 2)), { recursive: true, force: true })
    const { render } = (await import(pathToFileURL(join(program, 'entry.mjs')).href)) as Pick<Built, 'render'>
    return { number, folder: site, versions, render }
  }

  return {
    next,
    close: () => rm(root, { recursive: true, force: true }),
  }
}

/** In a process of its own: neither its memory nor its mistakes are the server's. */
async function run(sessions: string, out: string, program: string, lowPriority: boolean, cancelSignal: AbortSignal) {
  const args = [join(import.meta.dirname, 'buildProgram.ts'), sessions, out, program]
  const child = execa(process.execPath, args, { cancelSignal, reject: false, stdin: 'ignore' })
  try {
    if (lowPriority && child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW)
  } catch {
    // It is gone already, and says itself why.
  }
  const { failed, stderr } = await child
  const why = stderr.split('\n').find(line => /^(error: |\S*Error\b)/.test(line)) ?? 'it stopped'
  if (failed) throw new Failure(`The pages were not built: ${why}`, `See it whole with \`${command('site')}\`.`)
}
