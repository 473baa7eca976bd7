/** Renders a session's status for a terminal. Pure. */
import { finalName } from '../analysis/confirm/final.ts'
import { forecastLines } from '../analysis/forecast/words.ts'
import { pRealText } from '../analysis/labels.ts'
import { sigmaText } from '../analysis/noise/sigma.ts'
import { outageText, totalOutage, totalOutageText } from '../analysis/outages.ts'
import { change, duration, metricText, metricTexts, percent, signed } from '../lib/format.ts'
import { truncate, widthOf } from '../lib/terminal/width.ts'
import { DEFAULT_COLUMNS, wrapAfter } from '../lib/terminal/wrap.ts'
import { plural, sanitizeText } from '../lib/text.ts'
import { experimentName } from '../record/files/paths.ts'
import { purposeText } from '../record/purposes.ts'
import { costLeftText, type Remaining } from './remaining.ts'
import { lateText, lostText, slotLines } from './slotsTable.ts'
import type { Status } from './status.ts'

interface Screen {
  now: Date
  /** Width in columns. */
  columns: number
  /** Formats the verdict of an experiment, padded with spaces. */
  paint: (status: string, text: string) => string
}

/** The lines of the screen, none longer than `columns` but by one word or command, joined by line feeds. */
export function statusText(
  status: Status,
  { now = new Date(), columns = DEFAULT_COLUMNS, paint = (_, text) => text }: Partial<Screen> = {},
): string {
  return [
    ...rows(status, now, columns).map(([key, text]) => wrapAfter(`${key.padEnd(KEY_WIDTH)} `, text, columns)),
    '',
    ...status.last.map(row(status, columns, paint)),
  ].join('\n')
}

const KEY_WIDTH = 11

/** A key, empty where it is that of the row before, and its text. */
type Row = [key: string, text: string]

function rows(status: Status, now: Date, columns: number): Row[] {
  const { noise } = status
  const isOver = !status.alive && (status.resume === null || status.report === 'missing')
  return [
    [
      'session',
      `${status.id}  ${isOver ? `ended (${status.state})` : status.state}  ${duration(status.elapsedSeconds)}`,
    ],
    ...nowLines(status, columns),
    ...engineLines(status),
    ...resultLines(status),
    countsRow(status),
    ...headLines(status),
    ...finalLines(status),
    ...(status.sandbox ? [['sandbox', status.sandbox.mechanism] satisfies Row] : []),
    ...(noise ? [['noise', `σ ${sigmaText(noise)}`] satisfies Row] : []),
    ...status.gpuFindings.map((text, i): Row => [i === 0 ? 'gpu' : '', text]),
    ...status.left.map((left): Row => ['left', leftText(left, status.metric)]),
    ...forecastRows(status),
    ...agentLines(status, now),
    ...outageLines(status, now),
    ...status.published.map((text, i): Row => [i === 0 ? 'publish' : '', text]),
    ...notifyLines(status),
    ...hookLines(status),
  ]
}

function nowLines(status: Status, columns: number): Row[] {
  const { state, alive, resume, running, report } = status
  if (report === 'being written') return [['now', 'writing the report']]
  if (state === 'stopping')
    return [
      ...runLines(status, columns),
      ['', `stopping: then ${status.replicates === null ? 'confirm and report' : 'the report'}`],
    ]
  if (resume === null) return runLines(status, columns)
  const goOn: Row = ['', resume]
  if (report === 'missing') return [['now', 'no run is left, but the report is not written; to write it:'], goOn]
  if (state === 'interrupted' && status.final !== null)
    return [['now', 'interrupted in or after confirm, before its report; to continue:'], goOn]
  if (state !== 'paused') return [['now', `${sanitizeText(status.reason ?? 'interrupted', 300)}; to continue:`], goOn]
  if (!alive) return [['now', 'paused, and its process has ended; to continue:'], goOn]
  if (running.length === 0) return [['now', 'paused; to continue:'], goOn]
  return [...runLines(status, columns), ['', 'paused: no new run starts until'], goOn]
}

/** The next step only where `nowLines` has none. */
function resultLines({ result, inherited, resume }: Status): Row[] {
  const start: Row[] = inherited === null ? [] : [['inherited', inherited]]
  if (result === null) return start
  const text: Row[] = [...(result.text === '' ? [] : [['result', result.text] satisfies Row]), ...start]
  return resume === null ? [...text, ['next', `${result.next.text}:`], ['', result.next.command]] : text
}

function countsRow({ result, experiments, kept, experimentsPerHour, busy }: Status): Row {
  const pace = experimentsPerHour === null ? '' : `${experimentsPerHour.toFixed(1)} an hour, `
  // Start-up and evaluation are in it, so it is not how busy the GPU was.
  const rate = `${pace}runs filled ${percent(busy)} of the time`
  return result === null || result.counts === ''
    ? ['experiments', `${experiments}, ${kept} kept, ${rate}`]
    : ['counts', `${result.counts.replace(/\.$/, '')}, ${rate}`]
}

function runLines({ alive, running, reason, engine }: Status, columns: number): Row[] {
  if (engine !== null && engine.slots.length > 0) {
    const lines = slotLines(engine, columns - KEY_WIDTH - 1)
    return lines.map((line, i) => [i === 0 ? 'slots' : '', line])
  }
  if (running.length === 0)
    return [alive || reason === null ? ['now', 'between runs'] : ['end', sanitizeText(reason, 600)]]
  const several = running.length > 1 || (running[0]?.slot ?? 0) > 0
  return running.map(({ experiment, purpose, slot, pair, elapsedSeconds, budgetSeconds }, i) => {
    const where = several ? `slot ${slot}: ` : ''
    // The budget of a paired experiment is that of all its runs.
    const budget = pair ? '' : `; ${duration(budgetSeconds)} of training, then evaluation`
    const what = pair
      ? `pair ${pair.number} of ${pair.of}${purpose === 'opponent' ? ', the head' : ''}`
      : purposeText(purpose)
    return [i === 0 ? 'now' : '', `${where}${experimentName(experiment)} ${what}, ${duration(elapsedSeconds)}${budget}`]
  })
}

/** Where runs execute, the slots that have waited too long, and the attempts without a result. */
function engineLines({ engine }: Status): Row[] {
  if (engine === null) return []
  const texts: [string, string | null][] = [
    ['engine', sanitizeText(engine.description, 200)],
    ['queue', lateText(engine)],
    ['lost', lostText(engine)],
    ...engine.slow.map((text, i): [string, string] => [i === 0 ? 'slow' : '', text]),
  ]
  return texts.flatMap(([key, text]): Row[] => (text === null ? [] : [[key, text]]))
}

function headLines({ head, baseline, metric, gain, goal, result }: Status): Row[] {
  if (!head || baseline === null) return [['head', 'no metric yet']]
  const name = sanitizeText(metric, 40)
  if (head.experiment === 0) return [['head', `the baseline, ${name} ${metricText(head.value)}`]]
  const pReal = head.pReal === null ? '' : `, P(real) ${pRealText(head.pReal)}`
  const text = `${experimentName(head.experiment)}, ${name} ${metricText(head.value, [baseline])}${pReal}: ${sanitizeText(head.description, 160)}`
  // After the end the result has the change.
  if (result !== null && result.text !== '') return [['head', text]]
  return [
    ['head', text],
    ['change', `${signed(change(gain ?? 0, goal))} from the baseline's ${metricText(baseline, [head.value])}`],
  ]
}

/** What was taken out of the head before confirm; nothing where the final is the head. */
const finalLines = ({ final }: Status): Row[] =>
  final?.kind === 'pruned'
    ? [['final', `${finalName(final)}${final.branch === null ? '' : `; branch ${final.branch}`}`]]
    : []

const forecastRows = ({ forecast }: Status): Row[] =>
  (forecast === null ? [] : forecastLines(forecast)).map((line, i) => [
    i === 0 ? 'forecast' : '',
    sanitizeText(line, 300),
  ])

/** The last message, and before it those that were not acknowledged. */
const notifyLines = ({ notified }: Status): Row[] =>
  notified
    .filter((told, i) => !told.acknowledged || i === notified.length - 1)
    .slice(-MAX_MESSAGES)
    .map(({ event, acknowledged, to, answer, at }, i) => {
      const text = `${event} ${acknowledged ? 'told' : 'not acknowledged'} at ${at.slice(11, 16)} UTC: ${to} ${answer}`
      return [i === 0 ? 'notify' : '', sanitizeText(text, 300)]
    })

const MAX_MESSAGES = 3

/** For each hook how often it failed, and the last failure. */
function hookLines({ hookFailures }: Status): Row[] {
  const byEvent = Object.entries(Object.groupBy(hookFailures, ({ event }) => event))
  return byEvent.map(([event, failures], i) => {
    const { number = null, why = '', at = '' } = failures.at(-1) ?? {}
    const times = failures.length === 1 ? '' : `${failures.length} times, the last `
    const what = number === null ? '' : `for ${experimentName(number)} `
    const text = `${event} failed ${times}${what}at ${at.slice(11, 16)} UTC: it ${why}`
    return [i === 0 ? 'hook' : '', sanitizeText(text, 300)]
  })
}

function leftText(remaining: Remaining, metric: string): string {
  const { rule, limit, left, seconds } = remaining
  const about = seconds === null ? '' : `, about ${duration(seconds)}`
  if (rule === 'until') return `${duration(left)} until ${limit}, confirm and report included`
  if (rule === 'hours') return `${duration(left)} of ${limit} h, confirm and report included`
  if (rule === 'experiments') return `${left} of ${limit} experiments${about}`
  if (rule === 'patience') return `${left} of ${limit} experiments without a keep${about}`
  if (rule === 'cost_usd') return costLeftText(remaining)
  return `${left.toPrecision(3)} to the target of ${sanitizeText(metric, 16)} ${limit}`
}

function agentLines({ agent, replicates }: Status, now: Date): Row[] {
  if (replicates !== null) return [['replicates', sanitizeText(replicates, 100)]]
  const { failures, last } = agent
  if (!last) return [['agent', `${sanitizeText(agent.agent, 40)}, no failure`]]
  const count = failures === 0 ? 'working since' : failures === 1 ? '1 failure' : `${failures} failures in a row`
  const ago = duration(Math.max(0, (now.getTime() - Date.parse(last.at)) / 1000))
  return [
    ['agent', `${sanitizeText(agent.agent, 40)}, ${count}; last failure ${ago} ago:`],
    ['', sanitizeText(last.why, 300)],
  ]
}

/** A row for each current outage, and one for all that have ended. */
function outageLines({ outages }: Status, now: Date): Row[] {
  const open = outages.filter(({ endedAt }) => endedAt === null)
  const lines = open.flatMap((outage): Row[] => {
    const { detail, retryInSeconds } = outage
    const retry = retryInSeconds === null ? '' : `retry in ${duration(retryInSeconds)}; `
    return [
      ['down', outageText(outage, now)],
      ['', sanitizeText(retry + detail, 300)],
    ]
  })
  const over = outages.filter(({ endedAt }) => endedAt !== null)
  if (over.length === 0) return lines
  const meanwhile = over.reduce((sum, { experiments }) => sum + experiments, 0)
  const text = `${totalOutageText(totalOutage(over, null))}, ended; ${plural(meanwhile, 'experiment')} came from others meanwhile`
  return [...lines, ['outages', text]]
}

function row({ goal, last, head, baseline }: Status, columns: number, paint: Screen['paint']) {
  const text = metricTexts([head?.value ?? null, baseline, ...last.map(e => e.metric)].filter(value => value !== null))
  const words = Math.max(11, ...last.map(({ word }) => word.length))
  return (e: Status['last'][number]): string => {
    const value = e.metric === null ? '' : text(e.metric)
    const delta = e.gain === null ? '' : signed(change(e.gain, goal), 4)
    const numbers = ` ${value.padEnd(10)} ${delta.padEnd(8)} `
    const [name, verdict] = [`${experimentName(e.number)}  `, e.word.padEnd(words)]
    const room = Math.max(1, columns - widthOf(name + verdict + numbers))
    return `${name}${paint(e.status, verdict)}${numbers}${truncate(sanitizeText(e.description), room)}`.trimEnd()
  }
}
