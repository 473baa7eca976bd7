/** Renders a session's status in at most 80 columns. Pure. */
import { finalName } from '../analysis/confirm/final.ts'
import { retyped } from '../lib/command.ts'
import { change, duration, metricText, metricTexts, percent, signed } from '../lib/format.ts'
import { plural, sanitizeText } from '../lib/text.ts'
import { experimentName } from '../record/files.ts'
import type { Remaining } from './remaining.ts'
import type { Status } from './status.ts'

const columns = 80

/** The lines of the screen, joined by line feeds. */
export function statusText(status: Status, now = new Date()): string {
  const { noise } = status
  const isOver = !status.alive && (status.resume === null || status.report === 'missing')
  return [
    ...line(
      'session',
      `${status.id}  ${isOver ? `ended (${status.state})` : status.state}  ${duration(status.elapsedSeconds)}`,
    ),
    ...nowLines(status),
    ...line(
      'experiments',
      `${status.experiments}, ${status.kept} kept, ${status.experimentsPerHour.toFixed(1)} an hour, ${status.gpu ? 'GPU' : 'slot'} busy ${percent(status.busy)}`,
    ),
    ...headLines(status),
    ...finalLines(status),
    ...(noise ? line('noise', `σ ${noise.sigma.toPrecision(2)}${interval(noise.interval)}`) : []),
    ...status.left.flatMap(left => line('left', leftText(left, status.metric))),
    ...agentLines(status, now),
    ...outageLines(status, now),
    '',
    ...status.last.map(row(status)),
  ].join('\n')
}

/** Key and text. Long text continues on the next lines, so that commands stay complete. */
function line(key: string, text: string): string[] {
  const letters = [...text]
  const width = columns - 12
  const parts = Array.from({ length: Math.max(1, Math.ceil(letters.length / width)) }, (_, i) =>
    letters.slice(i * width, (i + 1) * width).join(''),
  )
  return parts.map((part, i) => `${(i === 0 ? key : '').padEnd(11)} ${part}`.trimEnd())
}

function nowLines(status: Status): string[] {
  const { state, alive, resume, running, report } = status
  if (report === 'being written') return line('now', 'writing the report')
  if (state === 'stopping') return [...runLines(status), ...line('', 'stopping: then confirm and report')]
  if (resume === null) return runLines(status)
  const goOn = line('', retyped(resume))
  if (report === 'missing')
    return [...line('now', 'no run is left, but the report is not written; to write it:'), ...goOn]
  if (state === 'interrupted' && status.final !== null)
    return [...line('now', 'interrupted in or after confirm, before its report; to continue:'), ...goOn]
  if (state !== 'paused') return [...line('now', `${state}; to continue:`), ...goOn]
  if (!alive) return [...line('now', 'paused, and its process has ended; to continue:'), ...goOn]
  if (running.length === 0) return [...line('now', 'paused; to continue:'), ...goOn]
  return [...runLines(status), ...line('', 'paused: no new run starts until'), ...goOn]
}

function runLines({ alive, running }: Status): string[] {
  if (running.length === 0) return line('now', alive ? 'between runs' : 'no run under way')
  const several = running.length > 1 || (running[0]?.slot ?? 0) > 0
  return running.flatMap(({ experiment, purpose, slot, pair, elapsedSeconds, budgetSeconds }, i) => {
    const where = several ? `slot ${slot}: ` : ''
    // The budget of a paired experiment is that of all its runs.
    const time = duration(elapsedSeconds) + (pair ? '' : ` of ${duration(budgetSeconds)} and evaluation`)
    const what = pair ? `pair ${pair.number} of ${pair.of}${purpose === 'opponent' ? ', the head' : ''}` : purpose
    return line(i === 0 ? 'now' : '', `${where}${experimentName(experiment)} ${what}, ${time}`)
  })
}

function headLines({ best, baseline, metric, gain, goal }: Status): string[] {
  if (!best || baseline === null) return line('head', 'no metric yet')
  const by = best.experiment === 0 ? 'the baseline' : experimentName(best.experiment)
  const odds = best.pReal === null ? '' : `, P(real) ${percent(best.pReal)}`
  const shown = best.experiment === 0 ? '' : `, ${sanitizeText(best.description, 24)}`
  return [
    ...line(
      'head',
      sanitizeText(
        `${sanitizeText(metric, 16)} ${metricText(best.value, [baseline])} by ${by}${odds}${shown}`,
        columns - 12,
      ),
    ),
    ...line('gain', `${signed(change(gain ?? 0, goal))} from the baseline, ${metricText(baseline, [best.value])}`),
  ]
}

/** What was taken out of the head before confirm; nothing where the final is the head. */
const finalLines = ({ final }: Status): string[] =>
  final?.kind === 'pruned'
    ? line('final', `${finalName(final)}${final.branch === null ? '' : `; ${final.branch}`}`)
    : []

const interval = (range: [number, number] | null): string =>
  range ? `, 95% ${range.map(value => value.toPrecision(2)).join(' to ')}` : ''

function leftText({ rule, limit, left, seconds }: Remaining, metric: string): string {
  const about = seconds === null ? '' : `, about ${duration(seconds)}`
  if (rule === 'until') return `${duration(left)} until ${limit}, confirm and report included`
  if (rule === 'hours') return `${duration(left)} of ${limit} h, confirm and report included`
  if (rule === 'experiments') return `${left} of ${limit} experiments${about}`
  if (rule === 'patience') return `${left} of ${limit} experiments without a keep${about}`
  if (rule === 'cost_usd') return `$${left.toFixed(2)} of $${Number(limit).toFixed(2)}`
  return `${left.toPrecision(3)} to the target of ${sanitizeText(metric, 16)} ${limit}`
}

function agentLines({ agent }: Status, now: Date): string[] {
  const { failures, last } = agent
  if (!last) return line('agent', `${sanitizeText(agent.agent, 24)}, no failure`)
  const count = failures === 0 ? 'working since' : failures === 1 ? '1 failure' : `${failures} failures in a row`
  const ago = duration(Math.max(0, (now.getTime() - Date.parse(last.at)) / 1000))
  return [
    ...line('agent', `${sanitizeText(agent.agent, 24)}, ${count}; last failure ${ago} ago:`),
    ...line('', sanitizeText(last.why, columns - 12)),
  ]
}

/** One line for each current outage, and one for all that have ended. */
function outageLines({ outages }: Status, now: Date): string[] {
  const secondsOf = ({ startedAt, endedAt }: Status['outages'][number]) =>
    Math.max(0, ((endedAt === null ? now.getTime() : Date.parse(endedAt)) - Date.parse(startedAt)) / 1000)
  const open = outages.filter(({ endedAt }) => endedAt === null)
  const lines = open.flatMap(outage => {
    const { use, kind, detail, experiments, asksInSeconds } = outage
    const retry = asksInSeconds === null ? '' : `retry in ${duration(asksInSeconds)}; `
    const text = `${sanitizeText(use, 12)}: ${sanitizeText(kind, 12)} for ${duration(secondsOf(outage))}, ${plural(experiments, 'experiment')} since`
    return [...line('down', text), ...line('', sanitizeText(retry + detail, columns - 12))]
  })
  const over = outages.filter(({ endedAt }) => endedAt !== null)
  if (over.length === 0) return lines
  const all = duration(over.reduce((sum, outage) => sum + secondsOf(outage), 0))
  const meanwhile = over.reduce((sum, { experiments }) => sum + experiments, 0)
  return [
    ...lines,
    ...line('outages', `${over.length} ended, ${all} in total, ${plural(meanwhile, 'experiment')} meanwhile`),
  ]
}

const row = ({ goal, last, best, baseline }: Status): ((e: Status['last'][number]) => string) => {
  const text = metricTexts([best?.value ?? null, baseline, ...last.map(e => e.metric)].filter(value => value !== null))
  return e => {
    const value = e.metric === null ? '' : text(e.metric)
    const delta = e.gain === null ? '' : signed(change(e.gain, goal), 4)
    const head = `${experimentName(e.number)}  ${e.status.padEnd(11)} ${value.padEnd(10)} ${delta.padEnd(8)} `
    return `${head}${sanitizeText(e.description, Math.max(1, columns - [...head].length))}`.trimEnd()
  }
}
