/** What changed outside a session's own folders while its runs ran. */
import { z } from 'zod'

/** Never a content: settings and files may hold secrets. */
export const traceSchema = z.object({
  /** Experiments whose runs ran meanwhile. */
  experiments: z.array(z.number().int().nonnegative()),
  /** "settings": what git or a hook of it reads; "python": an environment. */
  kind: z.enum(['settings', 'ref', 'checkout', 'python']),
  /** A file, folder or ref, e.g. ".git/config", "~/.gitconfig", "refs/replace/3f2a…"; "" for the checkout. */
  what: z.string(),
  how: z.enum(['changed', 'added', 'removed']),
  /** Names of settings ("core.fsmonitor") or files in it, at most `maxNames`. */
  names: z.array(z.string()),
  /** How many more. */
  more: z.number().int().nonnegative(),
  /** Whether the user's next command of git or Python may run what was put there. */
  runs: z.boolean(),
})
export type Trace = z.infer<typeof traceSchema>

export const maxNames = 8
/** Traces that a session's record holds; later ones are in the journal only. */
const maxTraces = 100

/** Adds traces in place. One that was there before gets the further experiments. */
export function addTraces(traces: Trace[], found: Trace[]): void {
  for (const trace of found) {
    const same = traces.find(other => isSame(other, trace))
    if (same) same.experiments = [...new Set([...same.experiments, ...trace.experiments])].sort((a, b) => a - b)
    else if (traces.length < maxTraces) traces.push({ ...trace })
  }
}

const isSame = (a: Trace, b: Trace): boolean =>
  a.kind === b.kind &&
  (a.kind === 'checkout' ||
    (a.what === b.what && a.how === b.how && JSON.stringify(a.names) === JSON.stringify(b.names)))
