/** A machine's hardware and software, and what changed between its sessions. */
import { list } from '../../../scripts/analysis/numbers.ts'
import type { Machine } from '../../../scripts/record/schema.ts'
import type { View } from '../view.ts'
import { capital, countText, dateText } from '../words.ts'

/** One component; `now` is null where no session recorded it. */
export interface Part {
  name: string
  now: string | null
  /** Earlier values, latest first; `until` is the start of the last session with that value. */
  before: { text: string; until: string | null }[]
}

const parts: [name: string, text: (m: Machine) => string | null][] = [
  ['GPU', gpuText],
  ['driver', m => m.driver],
  ['CPU', m => (m.cpu === null ? null : m.cores === null ? m.cpu : `${m.cpu}, ${m.cores} cores`)],
  ['memory', m => (m.memoryMb ? `${Math.round(m.memoryMb / 1024)} GB of memory` : null)],
  ['system', m => m.os],
  ['Python', m => m.python],
  ['PyTorch', m => m.torch],
]

function gpuText({ gpu, gpus }: Machine): string | null {
  if (gpu === null) return gpus === 0 ? noGpu : null
  return gpus !== null && gpus > 1 ? `${gpus} × ${gpu}` : gpu
}

/** Sessions that did not record a component are skipped. */
export function partsOf(sessions: View[]): Part[] {
  return parts.map(([name, text]) => {
    const known = sessions.flatMap(v => {
      const found = text(v.session.machine)
      return found === null ? [] : [{ text: found, until: v.session.startedAt }]
    })
    const changed = known.filter((k, i) => i > 0 && k.text !== known[i - 1]?.text)
    return { name, now: known[0]?.text ?? null, before: changed }
  })
}

/** Sentences: the components, their earlier values, and what is not recorded. */
export function hardwareText(parts: Part[]): string {
  const known = parts.filter(p => p.now !== null).map(({ name, now }) => (named.has(name) ? `${name} ${now}` : now))
  const unknown = parts.filter(p => p.now === null && !(p.name === 'driver' && without(parts))).map(p => p.name)
  return [
    known.length === 0 ? '' : `${capital(known.join('; '))}.`,
    ...parts.map(beforeText),
    unknown.length === 0 ? '' : `Not recorded: ${list(unknown)}.`,
  ]
    .filter(Boolean)
    .join(' ')
}

/** True without a GPU: then no driver is expected. */
const without = (parts: Part[]): boolean => parts.some(p => p.name === 'GPU' && p.now === noGpu)
const noGpu = 'no GPU'

/** Components whose value needs its name before it. */
const named = new Set(['driver', 'Python', 'PyTorch'])

function beforeText({ name, before }: Part): string {
  if (before.length === 0) return ''
  const shown = before
    .slice(0, MAX_CHANGES)
    .map(b => `${b.text}${b.until === null ? '' : ` until ${dateText(b.until)}`}`)
  const more = before.length > MAX_CHANGES ? ` and ${countText(before.length - MAX_CHANGES, 'earlier change')}` : ''
  return `${capital(name)} before: ${shown.join(', ')}${more}.`
}

const MAX_CHANGES = 3
