/** The settings of git, and their names as they are told. Pure. */
import { createHash } from 'node:crypto'

/** Settings that name a program, or a file with such settings, or lead git to one. */
const programs = [
  /^core\.(fsmonitor|hookspath|sshcommand|pager|editor|askpass|gitproxy|attributesfile|alternaterefscommand|worktree)$/,
  /^(filter|alias|include|includeif|pager|credential|protocol|mergetool|difftool|gpg|browser|man|sendemail)\./,
  /^diff\.(external|.*\.(command|textconv))$/,
  /^merge\..*\.driver$/,
  /^(sequence\.editor|interactive\.difffilter|init\.templatedir|web\.browser|imap\.tunnel|uploadpack\.packobjectshook)$/,
  /^remote\..*\.(url|pushurl|uploadpack|receivepack|vcs)$/,
  /^url\..*\.(insteadof|pushinsteadof)$/,
  /^submodule\..*\.(update|url)$/,
  /^trailer\..*\.(command|cmd)$/,
  /^extensions\.worktreeconfig$/,
]

/** @param key as git lists it: section and name in lower case */
export const runsProgram = (key: string): boolean => programs.some(pattern => pattern.test(key))

/** What git and editors write while somebody works on branches; it names no program. */
export const isUsual = (key: string): boolean => /^branch\./.test(key) || key === 'gc.logexpiry'

/** A setting's name as it is told: an address in it may hold a password. */
export const toldName = (key: string): string =>
  key.replace(/^(url|credential|http)\..*\.([^.]*)$/, (_, section: string, name: string) => `${section}.….${name}`)

/**
 * A digest of the values of each setting, by name.
 * @param listed what `git config --list -z` prints
 */
export function settingsOf(listed: string): Map<string, string> {
  const values = new Map<string, string[]>()
  for (const entry of listed.split('\0').filter(text => text !== '')) {
    const [key = ''] = entry.split('\n', 1)
    values.set(key, [...(values.get(key) ?? []), entry.slice(key.length)])
  }
  return new Map([...values].map(([key, all]) => [key, hash(all.join('\0'))]))
}

export const hash = (content: string | Buffer): string =>
  createHash('sha256').update(content).digest('hex').slice(0, 24)

/** Names that are in one only, or differ. */
export function differing(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): string[] {
  return [...new Set([...a.keys(), ...b.keys()])].filter(key => a.get(key) !== b.get(key)).sort()
}
