/** The slots of an engine as lines of a terminal. Pure. */
import { duration } from '../lib/format.ts'
import { truncate, widthOf } from '../lib/terminal/width.ts'
import { plural, sanitizeText } from '../lib/text.ts'
import { experimentName } from '../record/files/paths.ts'
import { purposeText } from '../record/purposes.ts'
import type { EngineStatus, SlotStatus } from './slots.ts'

/** Slots with a run that have a line each; more are set side by side. */
const MAX_LINES = 16

/** A line of the table: its slots, where they are, and what they do. */
interface Line {
  slots: number[]
  node: string
  gpu: string
  doing: string
}

/** @param width columns that a line may take */
export function slotLines({ slots }: EngineStatus, width: number): string[] {
  const busy = slots.filter(({ run }) => run !== null)
  const others = fold(slots.filter(({ run }) => run === null))
  return busy.length > MAX_LINES
    ? [...grid(busy, width), ...table(others, width)]
    : table(merge([...busy.map(lineOf), ...others]), width)
}

/** In the order of the first slot of each. */
const merge = (lines: Line[]): Line[] => lines.sort((a, b) => (a.slots[0] ?? 0) - (b.slots[0] ?? 0))

const lineOf = (slot: SlotStatus): Line => ({
  slots: [slot.slot],
  node: slot.node === null ? '' : sanitizeText(slot.node, 30),
  gpu: slot.gpu ?? '',
  doing: doingText(slot),
})

/** Slots that do the same are one line. Idle ones on many nodes are one, too. */
function fold(slots: SlotStatus[]): Line[] {
  const groups = Map.groupBy(slots, slot =>
    [doingText(slot), slot.gpu, slot.state === 'failed' ? slot.node : ''].join(),
  )
  return [...groups.values()].flatMap(group => {
    const [first] = group
    if (first === undefined) return []
    const nodes = [...new Set(group.map(({ node }) => node).filter(node => node !== null))]
    const node = nodes.length > 1 ? plural(nodes.length, 'node') : (nodes[0] ?? '')
    return [{ ...lineOf(first), slots: group.map(({ slot }) => slot), node: sanitizeText(node, 30) }]
  })
}

function doingText({ state, run, seconds, reason }: SlotStatus): string {
  const time = seconds === null ? '' : duration(seconds)
  const why = reason === null ? '' : ` (${sanitizeText(reason, 200)})`
  const what = run === null ? '' : runText(run)
  switch (state) {
    case 'running':
      return `${what} for ${time}`
    case 'submitted':
      return `${what} waits for its start, ${time}`
    case 'waiting':
      return `${what === '' ? '' : `${what} `}in the queue for ${minutesText(seconds ?? 0)}${why}`
    case 'unreached':
      return `${what === '' ? '' : `${what}: `}${reason === null ? 'being prepared' : 'not reached'} for ${minutesText(seconds ?? 0)}${why}`
    case 'unreachable':
      return `${what}: no answer for ${time}${why}`
    case 'failed':
      return `not ready${why}`
    case 'idle':
      return 'idle'
    case 'unknown':
      return 'not heard of yet'
  }
}

/** "0042", "0042 confirm", "0042 attempt 2": that a run is a candidate's is usual, and not said. */
function runText({ experiment, purpose, attempt }: NonNullable<SlotStatus['run']>): string {
  const what = purpose === 'candidate' ? '' : ` ${purposeText(purpose)}`
  return `${experimentName(experiment)}${what}${attempt > 1 ? ` attempt ${attempt}` : ''}`
}

/** Several jobs are submitted within seconds of one another: whole minutes let them be one line. */
function minutesText(seconds: number): string {
  if (seconds < 60) return 'under a minute'
  return seconds < 3600 ? `${Math.floor(seconds / 60)} min` : duration(60 * Math.floor(seconds / 60))
}

/** "0", "4-9", "4-6, 9". */
export function slotsText(slots: number[]): string {
  const ranges: [number, number][] = []
  for (const slot of slots) {
    const last = ranges.at(-1)
    if (last !== undefined && slot === last[1] + 1) last[1] = slot
    else ranges.push([slot, slot])
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(', ')
}

function table(lines: Line[], width: number): string[] {
  if (lines.length === 0) return []
  const cells = lines.map(({ slots, node, gpu, doing }) => [truncate(slotsText(slots), 16), node, gpu, doing])
  const widths = ['slot', 'node', 'GPU'].map((head, i) =>
    Math.max(...[head, ...cells.map(row => row[i] ?? '')].map(widthOf)),
  )
  return [['slot', 'node', 'GPU', 'now'], ...cells].map(row => {
    const left = widths.map((most, i) => pad(truncate(row[i] ?? '', Math.min(most, 20)), Math.min(most, 20))).join('  ')
    return `${left}  ${truncate(row[3] ?? '', Math.max(12, width - widthOf(left) - 2))}`.trimEnd()
  })
}

/** "12 n3 0042 3 min": as many beside one another as fit, by slot from top to bottom. */
function grid(slots: SlotStatus[], width: number): string[] {
  const texts = slots.map(({ slot, node, run, seconds, state }) => {
    const time = seconds === null ? '' : ` ${duration(seconds)}`
    const waits = state === 'running' ? '' : state === 'unreachable' ? ' no answer' : ' waits'
    return `${String(slot).padStart(2)} ${sanitizeText(node ?? '-', 14)} ${experimentName(run?.experiment ?? 0)}${waits}${time}`
  })
  const widest = Math.max(...texts.map(widthOf))
  const columns = Math.max(1, Math.floor((width + 3) / (widest + 3)))
  const rows = Math.ceil(texts.length / columns)
  return Array.from({ length: rows }, (_, row) =>
    texts
      .filter((_, i) => i % rows === row)
      .map(text => pad(text, widest))
      .join('   ')
      .trimEnd(),
  )
}

const pad = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - widthOf(text)))

/** Those that have waited longer than `queue_timeout`; null where none has. */
export function lateText({ slots, queueTimeoutSeconds }: EngineStatus): string | null {
  const late = slots.filter(slot => slot.late)
  if (late.length === 0 || queueTimeoutSeconds === null) return null
  const some =
    late.length === slots.length
      ? 'all slots have'
      : late.length === 1
        ? `slot ${late[0]?.slot} has`
        : `slots ${slotsText(late.map(({ slot }) => slot))} have`
  const rest =
    late.length < slots.length ? 'the session goes on with the others' : 'the session goes on when one is ready'
  return `${some} waited longer than queue_timeout (${duration(queueTimeoutSeconds)}); ${rest}`
}

/** "5 attempts had no result: 3 node failed, 2 preempted"; null where nothing was lost. */
export function lostText({ lost }: EngineStatus): string | null {
  if (lost.length === 0) return null
  const attempts = lost.reduce((sum, each) => sum + each.attempts, 0)
  const causes = lost.map(({ cause, attempts: n }) => `${n} ${sanitizeText(cause, 40)}`)
  return `${plural(attempts, 'attempt')} had no result: ${causes.join(', ')}`
}
