/** What a session does not take from the user's checkout: notes before it starts. */
import { existsSync } from 'node:fs'
import { posix } from 'node:path'
import { gitIn, type Repository } from '../../lib/git/git.ts'
import { named } from '../../lib/text.ts'
import type { Contract } from '../../program/contract.ts'
import { isLinked, submoduleNotes } from './submodules.ts'

type Places = Pick<Contract, 'edit' | 'link' | 'target'>

/**
 * Notes on uncommitted changes, new files, submodules and an unfinished merge or rebase; empty when there is none.
 * @param program path of program.md from the root of the repository; it is read as it is on disk
 * @param contract with paths from there
 */
export async function checkoutNotes(
  { root, git, head }: Repository,
  program: string,
  contract: Places,
): Promise<string[]> {
  const status = await readStatus(root)
  const entries = status.filter(({ path }) => path !== program && !isLinked(path, contract.link))
  return [
    ...uncommitted(entries, contract.edit),
    ...linkedChanges(status, contract.link),
    ...notInGit(entries, contract),
    ...(await submoduleNotes(git, head, program, contract.link)),
    ...(await underWay(root, head)),
  ]
}

interface Entry {
  /** From the root of the repository. */
  path: string
  /** Whether HEAD has no file of this path: it is untracked, or added since. */
  isNew: boolean
}

/** What differs between HEAD and the checkout, staged or not; a rename is two entries. */
async function readStatus(root: string): Promise<Entry[]> {
  // Untrimmed: the first entry may begin with a blank, e.g. " M knob.py\0?? notes.md\0".
  const raw = await gitIn(root, false).raw(
    'status',
    '--porcelain=v1',
    '-z',
    '--no-renames',
    '--ignore-submodules=dirty',
  )
  return raw.split('\0').flatMap(entry => {
    const [state, path] = [entry.slice(0, 2), entry.slice(3)]
    return path === '' ? [] : [{ path, isNew: newStates.has(state) }]
  })
}

/** Untracked, or added since HEAD; the other states with an A are of a merge. */
const newStates = new Set(['??', 'A ', 'AM', 'AD', ' A'])

/** Files of `edit` are named first: what is edited there is most likely meant to be in the session. */
function uncommitted(entries: Entry[], edit: string[]): string[] {
  const changed = entries.filter(({ isNew }) => !isNew).map(({ path }) => path)
  if (changed.length === 0) return []
  const inOrder = [...changed.filter(path => edit.includes(path)), ...changed.filter(path => !edit.includes(path))]
  const verb = changed.length === 1 ? 'has' : 'have'
  return [`${named(inOrder)} ${verb} uncommitted changes; the session starts from HEAD, without them`]
}

/** e.g. a linked submodule that is checked out at another commit. */
function linkedChanges(status: Entry[], link: string[]): string[] {
  const changed = status.filter(({ path, isNew }) => !isNew && isLinked(path, link)).map(({ path }) => path)
  if (changed.length === 0) return []
  const [differs, it] = changed.length === 1 ? ['differs', 'it'] : ['differ', 'them']
  return [`${named(changed)} ${differs} from HEAD; link gives runs ${it} as in your checkout`]
}

/** New files that git does not ignore, in the folders where the session works; a new folder counts as one. */
function notInGit(entries: Entry[], { target, edit }: Places): string[] {
  const places = [target, ...edit.map(path => posix.dirname(path))]
  const found = entries.filter(({ path, isNew }) => isNew && isBelow(path, places)).map(({ path }) => path)
  if (found.length === 0) return []
  return [
    `${named(found)} ${found.length === 1 ? 'is' : 'are'} not committed, so runs do not have ${found.length === 1 ? 'it' : 'them'}`,
  ]
}

/** Git's files of an operation that is not finished, by what to call it. */
const operations = {
  'rebase-merge': 'A rebase',
  'rebase-apply': 'A rebase',
  MERGE_HEAD: 'A merge',
  CHERRY_PICK_HEAD: 'A cherry-pick',
  REVERT_HEAD: 'A revert',
  BISECT_LOG: 'A bisection',
}

async function underWay(root: string, head: string): Promise<string[]> {
  const git = gitIn(root)
  for (const [name, what] of Object.entries(operations))
    if (existsSync(await git.raw('rev-parse', '--path-format=absolute', '--git-path', name)))
      return [
        `${what} is not finished in the repository; the session starts from HEAD as it is now, ${head.slice(0, 7)}`,
      ]
  return []
}

const isBelow = (path: string, folders: string[]): boolean => folders.includes('.') || isLinked(path, folders)
