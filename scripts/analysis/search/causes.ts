/** Groups the failed experiments by cause. Pure. */
import { z } from 'zod'
import { type Experiment, statuses } from '../../record/schema.ts'

export const causeSchema = z.object({
  /** In words, e.g. "out of memory". */
  cause: z.string(),
  /** Experiment numbers, in the order of the verdicts. */
  experiments: z.array(z.number().int().nonnegative()),
  statuses: z.array(z.enum(statuses)),
  /** The reason of the last of these experiments. */
  reason: z.string(),
})
export type Cause = z.infer<typeof causeSchema>

/** Causes and the patterns of their messages, each with its own remedy. The first match counts. */
const kinds: [string, RegExp][] = [
  // First, because they quote the end of the log.
  ['no result printed', /^(?:crash: )?(?:no summary block|the summary has )/i],
  ['implausible value', /^(?:crash: )?implausible: /i],
  ['evaluation missing or changed', /NIGHTSHIFT_EVAL|^(?:crash: )?measured on other |which is frozen$/],
  // Quotes the error, too.
  ['refused by the sandbox', /; in its sandbox a run /],
  ['out of memory', /out of memory|\boom\b|memoryerror|cannot allocate|\bsigkill\b|alloc.*failed/i],
  ['disk or data', /no space left|\benospc\b|disk|filenotfound|no such file|permission denied|read-only file/i],
  ['not finite', /\bnan\b|\binf(inite|inity)?\b|not finite|diverged|overflow|explod/i],
  ['implausible value', /implausible|but the evaluation measured/i],
  ['shapes do not fit', /divisible|size mismatch|shape|dimension|mat1 and mat2|broadcast|must match/i],
  ['assertion', /assert/i],
  ['missing module', /modulenotfound|importerror|no module named|cannot find (module|package)/i],
  ['device', /\bcuda\b|cudnn|nccl|cublas|device-side|driver|\bmps\b|\brocm\b|\bhip\b/i],
  [
    'code error',
    /syntaxerror|indentationerror|nameerror|typeerror|attributeerror|keyerror|indexerror|referenceerror|unboundlocal|valueerror|is not defined/i,
  ],
  ['killed', /\bsig(term|segv|abrt|bus|ill)\b|segmentation fault|killed/i],
]

/** Causes of failure, the most frequent first. Leaves out kept, discarded and unknown experiments. */
export function causes(experiments: Experiment[]): Cause[] {
  const found = new Map<string, Cause>()
  for (const e of experiments) {
    if (e.status === 'keep' || e.status === 'discard' || e.status === 'unknown') continue
    const cause = causeOf(e)
    const known = found.get(cause) ?? { cause, experiments: [], statuses: [], reason: '' }
    found.set(cause, known)
    known.experiments.push(e.number)
    if (!known.statuses.includes(e.status)) known.statuses.push(e.status)
    known.reason = e.reason
  }
  return [...found.values()].sort(
    (a, b) => b.experiments.length - a.experiments.length || (a.experiments[0] ?? 0) - (b.experiments[0] ?? 0),
  )
}

/** The cause of a crash: from its last failed run, else the verdict's reason, else the description of a foreign row. */
function causeOf({ status, reason, description, runs }: Experiment): string {
  if (status === 'timeout') return 'out of time'
  if (status === 'refused') return reason.startsWith('Refused: hook: ') ? 'stopped by a hook' : 'refused by the guard'
  if (status === 'conflict') return 'does not fit on the new best'
  if (status === 'aborted') return 'ended early'
  const texts = [runs.findLast(run => run.why !== null)?.why ?? '', reason, description]
  for (const text of texts) for (const [cause, sign] of kinds) if (sign.test(text)) return cause
  return 'other'
}
