/** Files that git tracks in the user's checkout. */
import { join } from 'node:path'
import { gitIn } from '../../lib/git/git.ts'
import { contains } from '../../lib/paths.ts'
import { sanitizeText } from '../../lib/text.ts'
import { maxNames, type Trace } from '../../record/traces.ts'
import { statOf } from './stamps.ts'

/** Stamps by path from the root; "" where the file is missing. */
export type Checkout = Map<string, string>

/** @param except folders that the harness writes to */
export async function trackedPaths(root: string, except: readonly string[]): Promise<string[]> {
  const listed = (await gitIn(root, false).raw('ls-files', '-z')).split('\0').filter(path => path !== '')
  return listed.filter(path => !except.some(folder => contains(folder, join(root, path))))
}

export function lookAtCheckout(root: string, paths: readonly string[]): Checkout {
  return new Map(
    paths.map(path => {
      const found = statOf(join(root, path))
      // A backup or a link made of a file changes its ctime, so that does not count.
      return [path, found === null ? '' : [found.ino, found.size, found.mode, found.mtimeNs].join(' ')] as const
    }),
  )
}

export function checkoutTraces(before: Checkout, now: Checkout, experiments: number[]): Trace[] {
  const changed = [...now.keys()].filter(path => before.get(path) !== now.get(path))
  if (changed.length === 0) return []
  const names = changed.slice(0, maxNames).map(path => sanitizeText(path, 80))
  return [
    {
      experiments,
      kind: 'checkout',
      what: '',
      how: 'changed',
      names,
      more: changed.length - names.length,
      runs: false,
    },
  ]
}
