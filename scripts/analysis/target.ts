/** What a session works on. Pure. */
import type { Session } from '../record/schema.ts'

/** The first editable file; null where it is unknown. */
export function targetOf({ contract: { edit } }: Pick<Session, 'contract'>): string | null {
  const first: unknown = Array.isArray(edit) ? edit[0] : edit
  return typeof first === 'string' ? first : null
}
