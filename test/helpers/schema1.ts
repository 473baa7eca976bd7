/** Turns records of schema 2 back into those of schema 1, for tests of a session that an older version began. */
import { readFile, writeFile } from 'node:fs/promises'
import { files } from '../../scripts/record/files/paths.ts'

const oldKeys: Record<string, string> = {
  madeFrom: 'made',
  revision: 'stacked',
  reworked: 'redone',
  agentIndex: 'place',
  backoff: 'rest',
  stopRules: 'further',
}
const oldEvents: Record<string, string> = {
  look: 'looked',
  'agents-checked': 'checked',
  'agent-failed': 'down',
  'agent-recovered': 'up',
  'agent-exhausted': 'agent',
}

/** A parsed record as the older version would have written it. */
export function downgrade(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(downgrade)
  if (typeof value !== 'object' || value === null) return value
  const isDecision = 'verdict' in value && 'gain' in value
  const isLook = 'pairs' in value
  const entries = Object.entries(value).map(([key, inner]): [string, unknown] => {
    if (key === 'head' && isDecision) return ['best', inner]
    if (key === 'head' && isLook) return ['tip', inner]
    if (key === 'schema' && inner === 2) return [key, 1]
    if (key === 'status' && inner === 'conflict') return [key, 'unstackable']
    if (key === 'event' && typeof inner === 'string') return [key, oldEvents[inner] ?? inner]
    return [oldKeys[key] ?? key, downgrade(inner)]
  })
  return Object.fromEntries(entries)
}

/** Rewrites session.json, experiments.jsonl and journal.jsonl of a session's folder. */
export async function downgradeSession(folder: string): Promise<void> {
  for (const path of [files.session(folder), files.experiments(folder), files.journal(folder)]) {
    const text = await readFile(path, 'utf8')
    const records = path === files.session(folder) ? [text] : text.trimEnd().split('\n')
    await writeFile(path, records.map(record => `${JSON.stringify(downgrade(JSON.parse(record)))}\n`).join(''))
  }
}
