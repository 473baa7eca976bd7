/** The report's title: the session's result in one line. */
import { machineName } from '../analysis/machineName.ts'
import { type ResultFacts, resultSentences } from '../analysis/result/sentences.ts'
import type { Session } from '../record/schema.ts'

/** E.g. "nov21 · H100: val_bpb 2.6750 → 2.3410, 12.5% lower, confirmed on 2 new seeds". */
export function headline(facts: ResultFacts, session: Pick<Session, 'tag' | 'machine'>): string {
  return `${session.tag} · ${machineName(session.machine)}: ${resultSentences(facts).line}`
}
