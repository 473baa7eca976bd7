/**
 * Vitest's global setup: bundles the commands that tests start hundreds of times. A command is some 900 modules, most of
 * them of libraries, and to load them takes three times as long as to load the same code from one file. That the modules
 * load and run as they are is held by the tests that start them by path, e.g. those of --help, site and install.
 */
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type InputOptions, rolldown } from 'rolldown'
import type { TestProject } from 'vitest/node'
import { commandNames } from '../../scripts/lib/help/commands.ts'
import { notebook } from '../../scripts/lib/paths.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder with a file for each command, e.g. "session.mjs". */
    bundledCommands: string
  }
}

const runner = join(notebook, 'scripts/engines/local/runner.ts')
// Those left out load or start more than our own modules, e.g. Astro.
const bundled = commandNames.filter(name => !['bench', 'demo', 'nightshift', 'site'].includes(name))

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Below the root, where what stays outside of the bundle is found.
  const caches = join(notebook, 'node_modules/.cache/nightshift')
  await mkdir(caches, { recursive: true })
  await removeAbandoned(caches)
  const folder = await mkdtemp(join(caches, 'commands-'))
  await bundle(folder)
  project.onTestsRerun(() => bundle(folder))
  project.provide('bundledCommands', folder)
  return () => rm(folder, { recursive: true, force: true })
}

/** Removes the bundles of test runs that were killed: those older than a day, because others may be running. */
export async function removeAbandoned(caches: string): Promise<void> {
  for (const name of await readdir(caches)) {
    if (!name.startsWith('commands-')) continue
    const path = join(caches, name)
    // null: another test run removes it.
    const found = await stat(path).catch(() => null)
    if (found && Date.now() - found.mtimeMs > 86_400_000) await rm(path, { recursive: true, force: true })
  }
}

async function bundle(folder: string): Promise<void> {
  const commands = bundled.map(name => join(notebook, `scripts/${name}.ts`))
  await Promise.all([
    write(folder, { input: commands, plugins: [{ name: 'own place', load: id => loadInPlace(id, folder) }] }),
    // The process of each run, which the bundled commands start.
    write(folder, { input: runner }),
  ])
}

async function write(folder: string, options: InputOptions): Promise<void> {
  // Loaded when needed, and large or compiled for the machine.
  const external = [/^node:/, '@resvg/resvg-js', 'jsdom']
  const build = await rolldown({ ...options, platform: 'node', external })
  await build.write({ dir: folder, entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' })
  await build.close()
}

/**
 * A module of ours, which finds its neighbours (the runner of a run, a table) where they are, not beside the bundle. A
 * module that can also be started as a program must not start here: in a bundle it would be told that it is the main one.
 */
function loadInPlace(id: string, folder: string): string | null {
  if (!id.startsWith(join(notebook, 'scripts'))) return null
  return readFileSync(id, 'utf8')
    .replaceAll("join(import.meta.dirname, 'runner.ts')", JSON.stringify(join(folder, 'runner.mjs')))
    .replaceAll('import.meta.main', 'false')
    .replaceAll('import.meta.dirname', JSON.stringify(dirname(id)))
    .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href))
}
