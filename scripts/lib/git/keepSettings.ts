/** Keeps the settings that git has in a repository before the first run, so that later ones name no other program. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { readRegularFile } from '../files/read.ts'
import type { Repository } from './git.ts'
import { globalConfig, type KeptSettings, useSettings, writeSettings } from './settings.ts'

/**
 * Keeps a repository's settings in a folder; where the folder holds some already, e.g. those from before a resumed
 * session was interrupted, these.
 */
export async function keepSettings(repository: Repository, folder: string): Promise<void> {
  const settings = readKept(folder, repository.common) ?? (await readSettings(repository, folder))
  useSettings(repository, settings)
}

/** Uses the settings that an earlier command kept in a folder, if it did. */
export function useKept(repository: Repository, folder: string): void {
  const settings = readKept(folder, repository.common)
  if (settings !== null) useSettings(repository, settings)
}

/** Its folder in that of a session's work, `.nightshift/<id>`. */
export const settingsIn = (work: string): string => join(work, 'git')

const names = ['config', globalConfig, 'attributes', 'ignore', 'info/attributes', 'info/exclude']

/** @returns null where there are none, or they are of another repository */
function readKept(folder: string, common: string): KeptSettings | null {
  try {
    const entries = readdirSync(folder, { withFileTypes: true }).filter(entry => entry.isSymbolicLink())
    const links = new Map(entries.map(({ name }) => [name, readlinkSync(join(folder, name))]))
    const isOurs = [...links].every(([name, target]) => target === join(common, name)) && links.has('objects')
    const files = new Map(names.map(name => [name, readFileSync(join(folder, name), 'utf8')]))
    return isOurs ? { folder, files, links } : null
  } catch {
    return null
  }
}

async function readSettings({ common, git }: Repository, folder: string): Promise<KeptSettings> {
  const listed = (await git.raw('config', '--list', '--includes', '-z', '--show-scope')).split('\0')
  const entries: Entry[] = []
  // e.g. "local\0core.bare\nfalse\0"; a key without "=" has no line feed.
  for (let i = 0; i + 1 < listed.length; i += 2) entries.push(entryOf(listed[i] ?? '', listed[i + 1] ?? ''))
  const read = async (path: string) => (await readRegularFile(path, 2 ** 24)) ?? ''
  const ofUser = (key: string, name: string) =>
    git
      .raw('config', '--path', key)
      .catch(() => join(process.env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'git', name))
  const own = [
    { scope: 'local', key: 'core.attributesfile', value: join(folder, 'attributes') },
    { scope: 'local', key: 'core.excludesfile', value: join(folder, 'ignore') },
  ]
  const inScope = (...scopes: string[]) =>
    configText([...entries, ...own].filter(entry => scopes.includes(entry.scope)))
  const [attributes, ignore, infoAttributes, exclude] = await Promise.all([
    ofUser('core.attributesFile', 'attributes').then(read),
    ofUser('core.excludesFile', 'ignore').then(read),
    read(join(common, 'info/attributes')),
    read(join(common, 'info/exclude')),
  ])
  const files = new Map([
    ['config', inScope('local', 'worktree')],
    [globalConfig, inScope('system', 'global')],
    ['attributes', attributes],
    ['ignore', ignore],
    ['info/attributes', infoAttributes],
    ['info/exclude', exclude],
  ])
  const settings = { folder, files, links: linksTo(common) }
  writeSettings(settings)
  return settings
}

/** Everything of a common directory that is no setting. */
function linksTo(common: string): Map<string, string> {
  const own = new Set(['config', 'config.worktree', 'info', 'hooks', 'attributes', 'ignore', globalConfig])
  const there = readdirSync(common).filter(name => !own.has(name) && !name.endsWith('.lock'))
  // Git may make them later.
  const all = new Set([...there, 'packed-refs', 'worktrees'])
  return new Map([...all].map(name => [name, join(common, name)]))
}

interface Entry {
  scope: string
  /** e.g. "filter.lfs.smudge". */
  key: string
  /** null: a key without a value, which means true. */
  value: string | null
}

function entryOf(scope: string, text: string): Entry {
  const end = text.indexOf('\n')
  return end < 0 ? { scope, key: text, value: null } : { scope, key: text.slice(0, end), value: text.slice(end + 1) }
}

/** As a configuration file. What was included is among the entries, so no file outside is read. */
export const configText = (entries: Entry[]): string =>
  entries
    .filter(({ key }) => !/^(include\.|includeif\.|extensions\.worktreeconfig$|core\.worktree$)/.test(key))
    .map(({ key, value }) => {
      const [first, last] = [key.indexOf('.'), key.lastIndexOf('.')]
      const section = key.slice(0, first)
      const sub = first === last ? '' : ` "${key.slice(first + 1, last).replace(/["\\]/g, '\\$&')}"`
      const name = key.slice(last + 1)
      return `[${section}${sub}]\n\t${value === null ? name : `${name} = "${escaped(value)}"`}\n`
    })
    .join('')

const escaped = (value: string): string =>
  value.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\t', '\\t').replaceAll('\b', '\\b')
