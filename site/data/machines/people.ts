/** Who ran the notebook's sessions, and where: the person is the author of the commits that shared them. Pure. */
import { answer } from '../session/answer.ts'
import type { View } from '../view.ts'
import type { Machine } from './machines.ts'

export interface PersonRow {
  /** Author's name; "this notebook" of sessions that were run here, "collected" of others without a name. */
  person: string
  machine: Machine
  /** Newest first. */
  sessions: View[]
  experiments: number
  /** Sessions whose change is confirmed. */
  confirmed: number
  /** Sessions whose commits are signed by someone of `share.trust`; null where none was checked. */
  verified: number | null
}

/**
 * A row for each person and machine, in the order of the machines, by a person's newest session.
 * @returns nothing where no session was brought by `pnpm sync`
 */
export function peopleOf(machines: Machine[]): PersonRow[] {
  const rows = machines.flatMap(machine =>
    [...Map.groupBy(machine.sessions, personOf)].map(([person, sessions]) => rowOf(person, machine, sessions)),
  )
  return rows.some(({ sessions }) => sessions.some(v => v.session.source?.kind === 'shared')) ? rows : []
}

/** Whose session it is, as a page says it. */
export function personOf({ session: { source } }: Pick<View, 'session'>): string {
  if (source === undefined) return 'this notebook'
  return source.shared?.person ?? (source.kind === 'shared' ? 'not named' : 'collected')
}

/** By `share.trust`; null where it was not checked. */
export function signatureOf({ session: { source } }: Pick<View, 'session'>): 'verified' | 'unverified' | null {
  const signature = source?.shared?.signature
  return signature === undefined ? null : signature.verified ? 'verified' : 'unverified'
}

function rowOf(person: string, machine: Machine, sessions: View[]): PersonRow {
  const signatures = sessions.flatMap(v => signatureOf(v) ?? [])
  return {
    person,
    machine,
    sessions,
    experiments: sessions.reduce((sum, v) => sum + v.experimentCount, 0),
    confirmed: sessions.filter(v => answer(v).kind === 'confirmed').length,
    verified: signatures.length === 0 ? null : signatures.filter(signature => signature === 'verified').length,
  }
}
