/** The name of a session's branch on the remote. Pure. */
import { publicText } from '../../../lib/secrets/publish.ts'
import type { Session } from '../../../record/schema.ts'

/** `exp/<machine>/<tag>`, of a session that another person may have recorded. */
export const branchName = (
  { machine, tag }: { machine: Pick<Session['machine'], 'label'>; tag: string },
  keepPaths = false,
): string => {
  const shown = keepPaths ? (text: string) => text : publicText
  return `exp/${refWord(shown(machine.label), 'machine')}/${refWord(shown(tag), 'session')}`
}

/** A text as one part of a ref, by git's rules and without what a shell would read. @param otherwise for a text without letters */
export function refWord(text: string, otherwise: string): string {
  const word = text
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/\.{2,}/g, '.')
    .replace(/^[.-]+/, '')
    .slice(0, 100)
    .replace(/(?:\.lock|[.-])+$/i, '')
  return word === '' ? otherwise : word
}
