/** Python's environments that runs, or the user, use: what Python reads at each start, and changed files of packages. */
import { type Dirent, readdirSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { exists } from '../../lib/files/read.ts'
import { contains, slashes } from '../../lib/paths.ts'
import { sanitizeText } from '../../lib/text.ts'
import { maxNames, type Trace } from '../../record/traces.ts'
import { stampOf, statOf } from './stamps.ts'

/** Stamps of the environment's top entries, by path from its folder. */
export type Environment = Map<string, string>

/** Folders of environments: in the checkout, linked into slots, of the shell, and the trainer's. */
export async function environmentFolders(root: string, places: readonly string[]): Promise<string[]> {
  const candidates = [
    ...places.flatMap(place => [place, join(place, '.venv'), join(place, 'venv')]),
    ...(process.env.VIRTUAL_ENV ? [process.env.VIRTUAL_ENV] : []),
  ].map(path => resolve(root, path))
  const found: string[] = []
  for (const folder of new Set(candidates)) if (await exists(join(folder, 'pyvenv.cfg'))) found.push(folder)
  return found
}

/** A run of Python writes its cache of compiled code beside the code, so that is left out. */
export async function lookAtEnvironment(folder: string): Promise<Environment> {
  const packages = await packageFolders(folder)
  const listed = await Promise.all(
    [join(folder, 'bin'), ...packages].map(async place =>
      (await readdir(place, { withFileTypes: true }).catch(() => []))
        .filter(({ name }) => name !== '__pycache__')
        // What happens in a package is for `changedInPackages`.
        .map(entry => ({ path: join(place, entry.name), isFolder: entry.isDirectory() })),
    ),
  )
  const entries = [{ path: join(folder, 'pyvenv.cfg'), isFolder: false }, ...listed.flat()]
  return new Map(
    entries.flatMap(({ path, isFolder }) => {
      const stamp = stampOf(path, isFolder)
      return stamp === null ? [] : [[slashes(relative(folder, path)), stamp] as const]
    }),
  )
}

async function packageFolders(folder: string): Promise<string[]> {
  const versions = (await readdir(join(folder, 'lib')).catch(() => [])).filter(name => /^python\d/.test(name))
  return versions.map(name => join(folder, 'lib', name, 'site-packages'))
}

/** Files of packages that changed since a time, by ctime; at most 200. Compiled code is left out. @param since ms */
export async function changedInPackages(folder: string, since: number): Promise<string[]> {
  const found: string[] = []
  const folders = (await packageFolders(folder)).flatMap(place => foldersIn(place))
  let turns = 0
  for (let place = folders.pop(); place !== undefined && found.length < 200; place = folders.pop()) {
    folders.push(...foldersIn(place))
    for (const { name } of entriesOf(place).filter(entry => !entry.isDirectory())) {
      const stat = statOf(join(place, name))
      if (stat !== null && stat.ctimeMs > since) found.push(slashes(relative(folder, join(place, name))))
    }
    // Tens of thousands of files: what else the harness does goes on meanwhile.
    if (++turns % 20 === 0) await nextTurn()
  }
  return found.sort()
}

const foldersIn = (place: string): string[] =>
  entriesOf(place).flatMap(entry =>
    entry.isDirectory() && entry.name !== '__pycache__' ? [join(place, entry.name)] : [],
  )

function entriesOf(place: string): Dirent[] {
  try {
    return readdirSync(place, { withFileTypes: true })
  } catch {
    return []
  }
}

export function environmentTraces(
  root: string,
  folder: string,
  { before, now, inPackages }: { before: Environment; now: Environment; inPackages: string[] },
  experiments: number[],
): Trace[] {
  const top = [...new Set([...before.keys(), ...now.keys()])].filter(path => before.get(path) !== now.get(path)).sort()
  // A new package is told by its folder.
  const nested = inPackages.filter(path => !top.some(entry => path.startsWith(`${entry}/`)))
  const atStart = top.filter(path => now.has(path) && isReadAtStart(path))
  return [
    traceOf(root, folder, atStart, true, experiments),
    traceOf(root, folder, [...top.filter(path => !atStart.includes(path)), ...nested], false, experiments),
  ].flat()
}

/** What Python runs at each start, and the programs of the environment. */
const isReadAtStart = (path: string): boolean =>
  /(\.pth|[/]?(site|user)customize(\.py)?|^pyvenv\.cfg)$|^bin\//.test(path)

function traceOf(root: string, folder: string, paths: string[], runs: boolean, experiments: number[]): Trace[] {
  if (paths.length === 0) return []
  const names = paths
    .slice(0, maxNames)
    .map(path => sanitizeText(path.replace(/^lib\/python[^/]*\/site-packages\//, ''), 80))
  const what = contains(root, folder)
    ? slashes(relative(root, folder))
    : contains(homedir(), folder)
      ? `~/${slashes(relative(homedir(), folder))}`
      : folder
  return [
    {
      experiments,
      kind: 'python',
      what: what || dirname(folder),
      how: 'changed',
      names,
      more: paths.length - names.length,
      runs,
    },
  ]
}
