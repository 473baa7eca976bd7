/** What records say of the data that a session measured. Pure. */
import type { Session } from '../record/schema.ts'

type Measured = Pick<Session, 'data' | 'contract'>

/** What its runs were given as NIGHTSHIFT_DATA; null: nothing, or the session is of a version that did not record it. */
export const givenData = ({ contract }: Pick<Session, 'contract'>): string | null =>
  typeof contract.data === 'string' && contract.data !== '' ? contract.data : null

/**
 * Whether two sessions measured the same data: by the fingerprints that their evaluations reported, else by what their runs
 * were given. Before the first run of a session, only the latter is known of it.
 */
export const sameData = (a: Measured, b: Measured): boolean =>
  a.data !== null && b.data !== null ? a.data.fingerprint === b.data.fingerprint : givenData(a) === givenData(b)

/** Equal where data is not known to differ: what `sameData` compares. null where neither is known. */
export const dataKey = (session: Measured): string | null => session.data?.fingerprint ?? givenData(session)
