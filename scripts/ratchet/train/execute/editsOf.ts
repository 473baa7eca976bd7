/** The files in which a commit differs from the session's first one: what a node makes a run's tree of, beside its base. */
import type { NodeJob } from '../../../engines/nodeJob.ts'
import { Failure } from '../../../lib/errors.ts'
import { gitBytes, type Repository } from '../../../lib/git/git.ts'
import { sanitizeText } from '../../../lib/text.ts'

/** Bytes of all files together, as a job is one JSON text. */
const most = 2 ** 25

/** @throws {Failure} for a link or a submodule, which no edit can be, and for too much */
export async function editsOf({ root, git }: Repository, base: string, commit: string): Promise<NodeJob['edits']> {
  if (base === commit) return {}
  const text = await git.raw('diff-tree', '-r', '-z', '--raw', '--no-renames', '--no-abbrev', base, commit)
  const fields = text.split('\0')
  const edits: NodeJob['edits'] = {}
  let bytes = 0
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const [, mode = '', , , status = ''] = (fields[i] ?? '').split(' ')
    const path = fields[i + 1] ?? ''
    if (status === 'D') edits[path] = null
    else {
      if (!/^100(644|755)$/.test(mode))
        throw new Failure(
          `${sanitizeText(path, 200)} of ${commit.slice(0, 7)} is no regular file, so it cannot be sent to a node.`,
          'Only regular files may differ between the runs of a session on an engine.',
        )
      // As a checkout has it: with what .gitattributes asks for.
      const content = await gitBytes(root, ['cat-file', '--filters', `${commit}:${path}`])
      bytes += content.length
      if (bytes > most)
        throw new Failure(
          `What ${commit.slice(0, 7)} changes has more than ${most / 2 ** 20} MiB, so it cannot be sent to a node.`,
          'Let `edit` name source files.',
        )
      edits[path] = { content: Buffer.from(content).toString('base64'), isExecutable: mode === '100755' }
    }
  }
  return edits
}
