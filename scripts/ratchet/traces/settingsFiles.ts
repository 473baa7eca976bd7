/** Files that git reads in a repository and in the user's home folder, besides objects and refs. */
import { readdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, relative } from 'node:path'
import { readRegularFile } from '../../lib/files/read.ts'
import { gitWithInput, type Repository } from '../../lib/git/git.ts'
import { contains, slashes } from '../../lib/paths.ts'
import { sanitizeText } from '../../lib/text.ts'
import { maxNames, type Trace } from '../../record/traces.ts'
import { differing, hash, isUsual, runsProgram, settingsOf, toldName } from './programSettings.ts'
import { stampOf } from './stamps.ts'

export interface SettingsFile {
  /** See `stampOf`. */
  stamp: string
  /** Of the content; null: it is no regular file, or too large. */
  hash: string | null
  /** Digests of values by name; null: the file is no configuration, or git cannot read it. */
  settings: [key: string, digest: string][] | null
}
export type SettingsFiles = Map<string, SettingsFile>

/** Files of git's configuration outside the repository, among them those that it includes; by path. */
export async function outsideConfigs({ git }: Repository): Promise<string[]> {
  const listed = (
    await git.raw('config', '--list', '--includes', '--show-origin', '--name-only', '-z').catch(() => '')
  ).split('\0')
  const origins = listed.flatMap(text => /^file:(\/.+)$/s.exec(text)?.[1] ?? [])
  const folder = process.env.XDG_CONFIG_HOME || join(homedir(), '.config')
  const usual = [
    join(homedir(), '.gitconfig'),
    ...['config', 'attributes', 'ignore'].map(name => join(folder, 'git', name)),
  ]
  return [...new Set([...origins, ...usual])]
}

/**
 * Looks at the files. What has not changed by its stamp is not read again.
 * @param outside paths of `outsideConfigs`
 */
export async function lookAtSettings(
  repository: Repository,
  outside: readonly string[],
  before: SettingsFiles | null,
): Promise<SettingsFiles> {
  const { root, common } = repository
  const list = async (folder: string) => (await readdir(folder).catch(() => [])).map(name => join(folder, name))
  const [info, hooks, modules] = await Promise.all(['info', 'hooks', 'modules'].map(name => list(join(common, name))))
  const paths = [
    join(root, '.git'),
    join(common, 'config'),
    join(common, 'config.worktree'),
    join(common, 'objects/info/alternates'),
    // Git writes it for old kinds of servers.
    ...(info ?? []).filter(path => !path.endsWith('/refs')),
    ...(hooks ?? []).filter(path => !path.endsWith('.sample')),
    ...(modules ?? []).map(path => join(path, 'config')),
    ...outside,
  ]
  const found: SettingsFiles = new Map()
  await Promise.all(
    [...new Set(paths)].map(async path => {
      const stamp = stampOf(path, path === join(root, '.git'))
      if (stamp === null) return
      const known = before?.get(path)
      found.set(path, known?.stamp === stamp ? known : { stamp, ...(await contentOf(root, path)) })
    }),
  )
  return found
}

async function contentOf(root: string, path: string): Promise<Omit<SettingsFile, 'stamp'>> {
  const content = await readRegularFile(path, 2 ** 22)
  if (content === null) return { hash: null, settings: null }
  const isConfig = /(^|[/\\])(\.gitconfig|config|config\.worktree)$/.test(path)
  const listed = isConfig
    ? await gitWithInput(root, ['config', '--file', '-', '--list', '-z'], content).catch(() => null)
    : null
  return { hash: hash(content), settings: listed === null ? null : [...settingsOf(listed)] }
}

/** What differs, without what people change while they work. */
export function settingsTraces(
  { root, common }: Repository,
  before: SettingsFiles,
  now: SettingsFiles,
  experiments: number[],
): Trace[] {
  return [...new Set([...before.keys(), ...now.keys()])].sort().flatMap(path => {
    const [old, present] = [before.get(path), now.get(path)]
    if (
      old !== undefined &&
      present !== undefined &&
      old.hash === present.hash &&
      (old.hash !== null || old.stamp === present.stamp)
    )
      return []
    const keys = differing(new Map(old?.settings ?? []), new Map(present?.settings ?? []))
    const isConfig = (present ?? old)?.settings !== null
    const told = keys.filter(key => !isUsual(key))
    if (isConfig && told.length === 0) return []
    const names = told.map(key => sanitizeText(toldName(key), 80))
    const how =
      old === undefined ? ('added' as const) : present === undefined ? ('removed' as const) : ('changed' as const)
    const isHook = path.startsWith(join(common, 'hooks'))
    const runs = present !== undefined && (isHook || told.some(runsProgram) || path === join(root, '.git'))
    const what = shownPath(root, common, path)
    const first = [...new Set(names)]
    return [
      {
        experiments,
        kind: 'settings' as const,
        what,
        how,
        names: first.slice(0, maxNames),
        more: Math.max(0, first.length - maxNames),
        runs,
      },
    ]
  })
}

/** e.g. ".git/config", "~/.gitconfig". */
function shownPath(root: string, common: string, path: string): string {
  if (contains(root, path)) return slashes(relative(root, path))
  if (contains(common, path)) return `.git/${slashes(relative(common, path))}`
  return contains(homedir(), path) ? `~/${slashes(relative(homedir(), path))}` : path
}
