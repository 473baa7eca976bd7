/**
 * Builds for the server: the pages as files, and the program that renders single pages. A new build replaces the old
 * one when it is complete.
 */

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
  /** From 1; each build has its own folder. */
  number: number
  /** Folder of the files. */
  folder: string
  /** Versions of the records just before the build. */
  versions: Versions
  render: (locals: App.Locals) => Promise<string>
}

export interface Builds {
  /**
   * @param lowPriority whether the build runs at low priority: the machine may be training
   * @throws {Failure} if the build fails; the earlier build stays
   */
  next: (versions: Versions, lowPriority: boolean) => Promise<Built>
  /** Removes all folders. */
  close: () => Promise<void>
}

export async function openBuilds(sessions: string, signal: AbortSignal): Promise<Builds> {
  const root = await mkdtemp(join(tmpdir(), 'nightshift-serve-'))
  // The program resolves packages from its own folder.
  await symlink(join(notebook, 'node_modules'), join(root, 'node_modules'), 'junction')
  let number = 0

  async function next(versions: Versions, lowPriority: boolean): Promise<Built> {
    const folder = join(root, String(++number))
    await mkdir(folder)
    const [site, program] = [join(folder, 'site'), join(folder, 'program')]
    await run(sessions, site, program, lowPriority, signal)
    // Open pages may still load files of the previous build, so only the one before it is removed.
    await rm(join(root, String(number - 2)), { recursive: true, force: true })
    const { render } = (await import(pathToFileURL(join(program, 'entry.mjs')).href)) as Pick<Built, 'render'>
    return { number, folder: site, versions, render }
  }

  return {
    next,
    close: () => rm(root, { recursive: true, force: true }),
  }
}

/** In its own process, so that neither its memory nor its crashes affect the server. */
async function run(sessions: string, out: string, program: string, lowPriority: boolean, cancelSignal: AbortSignal) {
  const args = [join(import.meta.dirname, 'buildProgram.ts'), sessions, out, program]
  const child = execa(process.execPath, args, { cancelSignal, reject: false, stdin: 'ignore' })
  try {
    if (lowPriority && child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW)
  } catch {
    // It has exited already; its error is reported below.
  }
  const { failed, stderr } = await child
  const why = stderr.split('\n').find(line => /^(error: |\S*Error\b)/.test(line)) ?? 'it stopped'
  if (failed) throw new Failure(`The pages were not built: ${why}`, `Run \`${command('site')}\` for the full error.`)
}
