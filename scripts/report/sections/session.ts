/** The section on the session: counts, time, cost, noise, outages, plateaus. */

import { evaluationSentence } from '../../analysis/confirm/evaluationNoise.ts'
import { noisePlace } from '../../analysis/confirm/seeds.ts'
import { gpuCostSentence } from '../../analysis/cost.ts'
import { engineSentences, engineWarnings } from '../../analysis/engine.ts'
import { intervalText, sigmaText } from '../../analysis/noise/sigma.ts'
import { list, size, twoDigits, usedTexts } from '../../analysis/numbers.ts'
import { outageText } from '../../analysis/outages.ts'
import { countsSentence } from '../../analysis/replication/words.ts'
import type { Digest } from '../../analysis/schema.ts'
import { statusWords } from '../../analysis/statusWords.ts'
import { MIN_RATE_SECONDS } from '../../analysis/time.ts'
import { traceText } from '../../analysis/traces.ts'
import { duration, percent } from '../../lib/format.ts'
import { plural } from '../../lib/text.ts'
import { experimentName } from '../../record/files/paths.ts'
import type { Noise, Session, Status } from '../../record/schema.ts'
import { bullets, paragraph, type Section, table } from '../nodes.ts'

export function sessionPart(digest: Digest, session: Session): Section {
  return [
    paragraph(whenSentence(session), countSentence(digest), stopSentence(digest), costSentence(digest)),
    ...whereRun(digest),
    ...timeTable(digest),
    ...(digest.bestSingleRun ? [paragraph(...noiseSentences(digest), evaluationSentence(digest, false))] : []),
    ...digest.drift.map(({ kind, sentence }) => paragraph(`${driftNames[kind]}. ${sentence}`)),
    ...events(digest),
  ]
}

/** Where runs executed, and what of that a reader should know before believing the values. */
const whereRun = ({ engine }: Digest): Section =>
  engine === null
    ? []
    : [
        paragraph(...engineSentences(engine)),
        ...engineWarnings(engine).map(({ key, sentence }) => paragraph(`${key}. ${sentence}`)),
      ]

const driftNames = { drift: 'Drift', unsteady: 'Unsteady machine', gpu: 'GPU' }

/** What changed beside the session, outages, plateaus and uses of the holdout. */
function events({ traces, outages, plateaus, holdoutLooks }: Digest): Section {
  const left = traces.slice(0, MAX_EVENTS).map(traceText)
  const restLeft = traces.length - left.length
  const down = outages.slice(0, MAX_EVENTS).map(outage => `${outageText(outage)}.`)
  const rest = outages.length - down.length
  const flat = plateaus.slice(0, MAX_EVENTS).map(({ from, to, experiments, seconds, bold }) => {
    const took = seconds === null ? '' : `, ${duration(seconds)}`
    const asked = bold > 0 ? `; ${bold} of them were asked to be bold` : ''
    return `Nothing was kept from ${experimentName(from)} to ${experimentName(to)} (${plural(experiments, 'experiment')}${took})${asked}.`
  })
  const looks =
    holdoutLooks === null || holdoutLooks.all === 0
      ? []
      : [
          `The holdout of this data was looked at ${holdoutLooks.all === 1 ? 'once' : `${holdoutLooks.all} times`} over ${plural(holdoutLooks.sessions.length, 'session')}.${holdoutLooks.warning ? ' That is so often that choices by it may have fitted it: take fresh data for the next claim.' : ''}`,
        ]
  const all = [
    ...left,
    ...(restLeft > 0 ? [`${restLeft} more such changes; journal.jsonl has them.`] : []),
    ...down,
    ...(rest > 0 ? [`${plural(rest, 'more outage')}.`] : []),
    ...flat,
    ...looks,
  ]
  return all.length === 0 ? [] : [bullets(all)]
}

const MAX_EVENTS = 5

const day = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'long', year: 'numeric' })
const clock = (time: string): string => time.slice(11, 16)

function whenSentence({ startedAt, endedAt, stop }: Session): string {
  if (startedAt === null) return ''
  const [start, end] = [startedAt, endedAt ?? startedAt].map(time => day.format(new Date(time)))
  const from = `${start}, ${clock(startedAt)}`
  if (endedAt === null) return `Began ${from} UTC${stop === null ? '' : '; its end is not known'}.`
  return `${from} to ${end === start ? '' : `${end}, `}${clock(endedAt)} UTC.`
}

export function countSentence({ experiments, tried: own, bestSingleRun, time, replicationOf }: Digest): string {
  if (replicationOf !== null) return countsSentence(replicationOf)
  const tried = Math.max(0, experiments - 1)
  // Where a status is not known, it is not known either that none was kept.
  const isKnown = (own.unknown ?? 0) === 0
  const parts = (Object.keys(statusWords) as Status[]).flatMap(status => {
    const n = own[status] ?? 0
    return n > 0 ? [`${n} ${statusWords[status]}`] : status === 'keep' && isKnown ? ['none kept'] : []
  })
  if (tried === 0 || bestSingleRun === null) return ''
  const rate = time.total >= MIN_RATE_SECONDS ? Math.round(time.experimentsPerHour) : 0
  return `The baseline and ${plural(tried, 'experiment')}: ${parts.join(', ')}${rate > 0 ? `; ${rate} an hour` : ''}.`
}

const stopSentence = ({ stop }: Digest): string => (stop ? `Stopped: ${lower(stop.detail).replace(/\.$/, '')}.` : '')

export const lower = (text: string): string => text.replace(/^[A-Z](?=[a-z])/, letter => letter.toLowerCase())

export function costSentence(digest: Pick<Digest, 'tokens' | 'costUsd' | 'gpuCost'>): string {
  const used = usedTexts(digest)
  const agent = used.length > 0 ? `The agent used ${list(used)}.` : ''
  return [agent, digest.gpuCost === null ? '' : gpuCostSentence(digest.gpuCost)].filter(text => text !== '').join(' ')
}

/** Time per activity; activities without time are left out. */
function timeTable({ time }: Digest): Section {
  const rows: [string, number][] = [
    ['Training', time.training],
    ['Start-up and evaluation of runs', time.overhead],
    ['Confirming', time.confirming],
    ['Thinking', time.thinking],
    ['Idle', time.idle],
    ['Total', time.total],
  ]
  const shown = rows.filter(([, seconds]) => seconds >= 0.5)
  // A total alone is in the first sentence already.
  if (shown.length <= 1) return []
  return [
    table(shown, [
      { head: 'Time', cell: ([name]) => name },
      { head: 'Spent', align: 'right', cell: ([, seconds]) => duration(seconds) },
      { head: 'Share', align: 'right', cell: ([, seconds]) => percent(time.total > 0 ? seconds / time.total : 0) },
    ]),
  ]
}

/** σ with its interval, its source, and the smallest gain that one run can show. */
export function noiseSentences({
  noise,
  detectable,
  metric,
  kept,
  assumed,
  nullGain,
  bestSingleRun,
  seeds,
  pairs,
}: Digest): string[] {
  const about = bestSingleRun?.baseline ?? 1
  const luckSentence =
    nullGain === null || kept.length === 0
      ? ''
      : `Selection alone, among changes without effect, would have shown a gain of about ${size(nullGain.gain, about)}${luckInterval(nullGain)}.`
  if (pairs !== null && noise !== null && detectable !== null)
    return [...pairedSentences({ noise, detectable, metric, pairs }), luckSentence]
  if (noise === null || detectable === null)
    return [
      `No code was run twice, so the noise is unknown${kept.length > 0 ? ' and no gain is proven by its size' : ''}.`,
      ...(assumed === null || kept.length === 0 ? [] : [assumedSentence(assumed), luckSentence]),
    ]
  const repeats = `${plural(noise.runs, 'run')} of the same code`
  if (noise.sigma === 0)
    return [
      `Noise: in ${plural(noise.runs, 'run')}, repeats of the same code agree to the last digit, so σ is 0 and every difference is one of the code.`,
    ]
  const earlier =
    noise.earlier.length > 0 ? ` and ${plural(noise.earlier.length, 'earlier session')} of this machine` : ''
  return [
    `Noise: σ of ${metric.name} ${noisePlace(seeds)} is ${sigmaText(noise)}, by ${repeats}${earlier}.`,
    `A single run can show a gain of ${twoDigits(detectable)} or more (2σ√2).`,
    luckSentence,
  ]
}

/** " (0.0010 to 0.0041 by σ's interval)"; empty where σ has none. */
export const luckInterval = ({ interval }: NonNullable<Digest['nullGain']>): string =>
  interval ? ` (${intervalText({ interval })} by the interval of σ)` : ''

/** For a session with `judge: paired`. */
const pairedSentences = ({
  noise,
  detectable,
  metric,
  pairs,
}: Pick<Digest, 'metric'> & { noise: Noise; detectable: number; pairs: number }): string[] => [
  'Values were measured at different times, and the machine may have drifted; each verdict compares runs made side by side.',
  noise.sigma === 0
    ? 'Noise: the pairs of each experiment agree to the last digit, so σ is 0.'
    : `Noise: σ of ${metric.name} in runs side by side is ${sigmaText(noise)}, by ${plural(noise.runs, 'run')} in pairs.`,
  noise.sigma === 0
    ? ''
    : `The ${pairs} pairs of an experiment can show a gain of ${twoDigits(detectable)} or more (2σ√(2/${pairs})).`,
]

function assumedSentence({ sigma, basis, experiments, pairs }: NonNullable<Digest['assumed']>): string {
  const by =
    basis === 'descriptions'
      ? `taken from ${list(experiments.map(experimentName))}, which by their descriptions differ in the seed alone`
      : 'by the size of the metric'
  const use = pairs > 1 ? ' P(real) rests on it.' : pairs === 1 ? ' One pair of runs is too little for P(real).' : ''
  return `σ is assumed to be ${twoDigits(sigma)}, ${by}.${use}`
}
