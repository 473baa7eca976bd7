/** What this notebook has shared with a remote and brought from it, kept in `.nightshift/share/<key>/state.json`. */
import { join } from 'node:path'
import { z } from 'zod'
import { writeAtomic } from '../../lib/files/disk.ts'
import { readJsonIfThere } from '../../lib/files/read.ts'
import { jsonText } from '../../lib/text.ts'

const oid = z.string().regex(/^[0-9a-f]{40,64}$/)

const stateSchema = z.object({
  schema: z.literal(1),
  /** Address of the remote, without credentials. */
  address: z.string(),
  /** Whether --public was given for it. */
  public: z.boolean(),
  /** Whether it shares commits with the notebook's checkout of Nightshift; null: not looked at, as on a host that is not public. */
  related: z.boolean().nullable().default(null),
  /** The branch of this notebook there, e.g. "sessions/h200-abcd"; null before the first push. */
  branch: z.string().nullable(),
  /** Own sessions on the branch, by id. */
  pushed: z.record(
    z.string(),
    z.object({
      /** Of the folder's files, by their sizes and times: while it is the same, nothing is read. */
      fingerprint: z.string(),
      /** Tree of `sessions/<id>` on the branch. */
      tree: oid,
      /** Whether logs and transcripts were pushed with it. */
      logs: z.boolean().default(false),
    }),
  ),
  /** Own sessions that were taken off the branch, and are not pushed again. */
  withdrawn: z.array(z.string()).default([]),
  /** Workflow that a push starts on GitHub; null: none. */
  workflow: z.string().nullable().default(null),
  /** Other branches, by name. */
  pulled: z.record(
    z.string(),
    z.object({
      /** Commit that was read last. */
      tip: oid,
      /** Whether nothing of it is left to read: no filter left out a session, and the sync was not killed meanwhile. */
      complete: z.boolean(),
      /** SHA-256 of the allowed-signers file by which its sessions are marked; null without one. */
      trust: z.string().nullable(),
      /** Schema of the records that the version read which refused sessions: another one reads them again. */
      reads: z.number(),
      /** Sessions that were brought in or refused (why), by id, with the tree that was read. */
      sessions: z.record(z.string(), z.object({ tree: oid, refused: z.string().nullable() })),
    }),
  ),
})
export type SyncState = z.infer<typeof stateSchema>

const pathOf = (folder: string): string => join(folder, 'state.json')

/** @param folder `.nightshift/share/<key>` @returns null before the first sync @throws {Failure} when it is damaged */
export async function readState(folder: string): Promise<SyncState | null> {
  const advice =
    'Delete it: the next sync reads all sessions again, and no longer knows what was allowed with --public, chosen with --name, withdrawn, or deleted here: withdrawn sessions are pushed again.'
  return readJsonIfThere(pathOf(folder), stateSchema, advice)
}

/** Written after each session that was brought in, so that a killed sync goes on where it was. */
export const writeState = (folder: string, state: SyncState): Promise<void> =>
  writeAtomic(pathOf(folder), jsonText(state))
