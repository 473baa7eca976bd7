/** The notebook's pages as files, and the program that draws single ones anew: built beside the old, then put in their place. */
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { constants, setPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { execa } from 'execa'
import { Failure } from '../lib/errors.ts'
import { notebook } from '../lib/paths.ts'
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
  /** @throws {Failure} when the build fails; the one before stands */
  next: (versions: Versions) => Promise<Built>
  /** Takes all folders away. */
  close: () => Promise<void>
}

export async function openBuilds(sessions: string, signal: AbortSignal): Promise<Builds> {
  const root = await mkdtemp(join(tmpdir(), 'nightshift-serve-'))
  // The program's packages are found from where it lies.
  await symlink(join(notebook, 'node_modules'), join(root, 'node_modules'), 'junction')
  let number = 0

  async function next(versions: Versions): Promise<Built> {
    const folder = join(root, String(++number))
    await mkdir(folder)
    const [site, program] = [join(folder, 'site'), join(folder, 'program')]
    await run(sessions, site, program, signal)
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

/** A process of its own, which gives way to all others: the machine may be training. */
async function run(sessions: string, out: string, program: string, cancelSignal: AbortSignal): Promise<void> {
  const child = execa(
    process.execPath,
    [join(notebook, 'scripts/site.ts'), '--sessions', sessions, '--out', out, '--json'],
    {
      ...{ cancelSignal, reject: false, stdin: 'ignore' },
      env: { NIGHTSHIFT_SERVE: program },
    },
  )
  try {
    if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW)
  } catch {
    // It is gone already, and says itself why.
  }
  const { failed, stderr } = await child
  if (failed)
    throw new Failure(`The pages were not built: ${stderr.trim().split('\n').at(0)}`, 'See it whole with `pnpm site`.')
}
