/** Refs that no run has a reason to change: replacements, tags, and those of sessions. */
import type { Git } from '../../lib/git/git.ts'
import { sanitizeText } from '../../lib/text.ts'
import type { OwnExperiment, OwnSession } from '../../record/schema.ts'
import { maxNames, type Trace } from '../../record/traces.ts'

const watched = ['refs/replace', 'refs/tags', 'refs/autoresearch', 'refs/heads/autoresearch']

/** Object IDs by name. Branches of the user's are not among them: to move them is usual. */
export async function lookAtRefs(git: Git): Promise<Map<string, string>> {
  const listed = await git.raw('for-each-ref', '--format=%(objectname) %(refname)', ...watched)
  const lines = listed.split('\n').filter(line => line !== '')
  return new Map(lines.map(line => [line.slice(line.indexOf(' ') + 1), line.slice(0, line.indexOf(' '))]))
}

export interface Own {
  session: Pick<OwnSession, 'tag' | 'branch' | 'baseCommit'>
  experiments: Pick<OwnExperiment, 'status' | 'commit'>[]
  /** Whether another session runs, whose refs change as it goes on. */
  isAlone: boolean
}

/** What differs and is not the harness's work. What was moved of this session is put back at its end. */
export function refTraces(
  before: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
  own: Own,
  experiments: number[],
): Trace[] {
  const changed = [...new Set([...before.keys(), ...now.keys()])].filter(ref => before.get(ref) !== now.get(ref))
  const told = changed.filter(ref => isForeign(ref, before.get(ref), now.get(ref), own)).sort()
  const traces = told.map(ref => ({
    experiments,
    kind: 'ref' as const,
    what: sanitizeText(ref),
    how: !before.has(ref) ? ('added' as const) : now.has(ref) ? ('changed' as const) : ('removed' as const),
    names: [],
    more: 0,
    runs: false,
  }))
  return traces.slice(0, maxNames)
}

function isForeign(ref: string, before: string | undefined, now: string | undefined, own: Own): boolean {
  const { tag, branch, baseCommit } = own.session
  if (/^refs\/(replace|tags)\//.test(ref)) return true
  if (ref === `refs/heads/${branch}`) {
    const kept = own.experiments.filter(({ status }) => status === 'keep').map(({ commit }) => commit)
    return now === undefined || ![baseCommit, ...kept].includes(now)
  }
  // Refs and branches that this session makes later: of candidates, ablations, the final, and what was moved away.
  if (ref.startsWith(`refs/heads/${branch}-final`)) return false
  if (ref.startsWith(`refs/autoresearch/${tag}/`)) return before !== undefined && /\/\d+(-\d+)?$/.test(ref)
  // Of other sessions: they add refs as they go on, also where that is on this machine.
  return own.isAlone && before !== undefined
}
