/** The report's title: the session's result in one line. */
import { type ResultFacts, resultSentences } from '../analysis/result/sentences.ts'
import type { Machine, Session } from '../record/schema.ts'

/** E.g. "nov21 · H100: val_bpb 2.6750 → 2.3410, 12.5% lower, confirmed on 2 new seeds". */
export function headline(facts: ResultFacts, session: Pick<Session, 'tag' | 'machine'>): string {
  return `${session.tag} · ${machineName(session.machine)}: ${resultSentences(facts).line}`
}

/** "H100", "2 × A100", "RTX 4090"; "CPU" without a GPU. Omits vendor, memory and board, which the disclosure lists. */
export function machineName({ gpu, gpus }: Machine): string {
  if (gpu === null) return gpus === null ? 'unknown machine' : 'CPU'
  const model = gpu
    .replace(/^(?:NVIDIA|AMD|Intel|Tesla|Quadro|GeForce|Instinct|Radeon)(?:\(R\))?\s+/gi, '')
    .replace(/^(?:Tesla|GeForce|Instinct|Graphics)\s+/gi, '')
    .replace(/[\s-]+(?:SXM\d*|PCIe|HBM\w*|NVL|\d+\s?GB)\b.*$/i, '')
  return gpus !== null && gpus > 1 ? `${gpus} × ${model}` : model
}
