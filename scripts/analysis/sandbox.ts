/** What a session's runs executed in, and what that held. Pure. */
import { z } from 'zod'
import { plural, sanitizeText } from '../lib/text.ts'
import { type SandboxRecord, sandboxSchema } from '../record/sandbox.ts'
import type { Experiment, Session } from '../record/schema.ts'
import { list } from './numbers.ts'

export const sandboxFactsSchema = z.object({
  /** By the first run in it. */
  used: z.array(sandboxSchema.omit({ from: true }).extend({ runs: z.number().int().positive() })),
  /** Runs of which it is not recorded. */
  unknown: z.number().int().nonnegative(),
  /** Whether another notebook says it. */
  imported: z.boolean(),
})
export type SandboxFacts = z.infer<typeof sandboxFactsSchema>

type Recorded = Omit<SandboxRecord, 'from'>

/** null without a run. */
export function sandboxFacts(
  { sandboxes = [], nodes = [], source }: Pick<Session, 'sandboxes' | 'nodes' | 'source'>,
  experiments: Experiment[],
): SandboxFacts | null {
  const runs = experiments.flatMap(e => e.runs)
  if (runs.length === 0) return null
  const counts = new Map<string, SandboxFacts['used'][number]>()
  let unknown = 0
  const at = new Map(nodes.map(({ node, sandbox }) => [node, sandbox]))
  for (const { startedAt, node } of runs.toSorted((a, b) => a.startedAt.localeCompare(b.startedAt))) {
    const found = node === undefined ? sandboxes.findLast(({ from }) => from <= startedAt) : at.get(node)
    if (found === undefined) {
      unknown++
      continue
    }
    const { from: _, ...record } = { from: null, ...found }
    const key = JSON.stringify(record)
    counts.set(key, { ...record, runs: (counts.get(key)?.runs ?? 0) + 1 })
  }
  return { used: [...counts.values()], unknown, imported: source !== undefined }
}

const names = { bubblewrap: 'bubblewrap', namespaces: 'namespaces', landlock: 'Landlock', seatbelt: 'sandbox-exec' }

/** "bubblewrap", "none". */
export const mechanismText = (mechanism: SandboxRecord['mechanism']): string =>
  mechanism === null ? 'none' : names[mechanism]

/** A few words: "bubblewrap", "none", "bubblewrap; 3 of 40 runs in none"; null where it is not recorded. */
export function sandboxShort({ used, unknown, imported }: SandboxFacts): string | null {
  const [first, ...others] = used
  if (first === undefined) return null
  const all = used.reduce((sum, { runs }) => sum + runs, unknown)
  const rest = others.map(({ mechanism, runs }) => `${runs} of ${plural(all, 'run')} in ${mechanismText(mechanism)}`)
  const not = unknown > 0 ? [`of ${unknown} of ${plural(all, 'run')} not recorded`] : []
  return `${imported ? 'elsewhere: ' : ''}${[mechanismText(first.mechanism), ...rest, ...not].join('; ')}`
}

/** What it meant for the runs, in sentences. */
export function sandboxSentence({ used, unknown, imported }: SandboxFacts): string {
  const isOne = used.length === 1 && unknown === 0
  const said = used.map(record => {
    const who = isOne ? 'Each run' : plural(record.runs, 'run')
    return record.mechanism === null
      ? `${who} executed without a sandbox (${sanitizeText(record.why ?? 'the reason is not recorded', 300)}), with all rights of the user.`
      : `${who} executed in a sandbox (${names[record.mechanism]}), which ${list(limitsOf(record))}.`
  })
  const not =
    unknown === 0
      ? []
      : [`${used.length === 0 ? 'In what its runs' : `In what ${plural(unknown, 'run')}`} executed is not recorded.`]
  return [imported && used.length > 0 ? 'By the records of the notebook that made it:' : '', ...said, ...not]
    .filter(text => text !== '')
    .join(' ')
}

/** For the first lines of a session: "bubblewrap: a run writes only …", "none: …". */
export const sandboxLine = (record: Recorded): string =>
  record.mechanism === null
    ? `none, so runs execute with all your rights (${sanitizeText(record.why ?? 'unknown', 400)}).`
    : `${names[record.mechanism]}: it ${list(limitsOf(record))}`

/** What a sandbox does, as clauses of it. */
function limitsOf({ holds, network, relay }: Recorded): string[] {
  const processes = holds.processes
    ? ['hides other processes', 'ends what it leaves running']
    : holds.signals
      ? ['lets it see other processes, but not end them']
      : ['does not keep it from other processes of the user']
  return [
    'lets a run write only in its own folders',
    'hides keys and other private files',
    ...processes,
    networkText(holds.network, network, relay ?? true),
    ...(holds.temporary ? [] : ['shares shared memory with other programs']),
  ]
}

function networkText(isHeld: boolean, network: Recorded['network'], relay: boolean): string {
  if (network === 'all') return 'leaves it the network'
  if (!isHeld) return 'does not hold all of its network'
  if (network === 'local' && !relay) return 'leaves it no network but a loopback of its own'
  return network === 'local' ? 'leaves it no network but that of the machine itself' : 'leaves it no network'
}
