/** Sentences about one machine on one target. */

import { costTexts } from '../../../scripts/analysis/cost.ts'
import { intervalText, scaledSigma, sigmaText } from '../../../scripts/analysis/noise/sigma.ts'
import { briefDelta, briefMetric, plusMinus, twoDigits } from '../../../scripts/analysis/numbers.ts'
import { totalOutageText } from '../../../scripts/analysis/outages.ts'
import { resultWithBasis, singleRunText, verdictText } from '../../../scripts/compare/result.ts'
import { duration, percent } from '../../../scripts/lib/format.ts'
import type { Metric } from '../../../scripts/record/schema.ts'
import { noiseSentences } from '../../../scripts/report/sections/session.ts'
import type { View } from '../view.ts'
import { capital, countText, countWord, dateText, sessionDay } from '../words.ts'
import { baselineText } from './baselines.ts'
import type { Best } from './best.ts'
import { hasRunNoise, type Target } from './machines.ts'
import { median, speedText, USUAL_VARIATION } from './speed.ts'

/** Facts, each with a keyword. */
export const targetLines = (t: Target): { key: string; text: string }[] => [
  { key: 'baseline', text: baselineText(t) },
  { key: 'speed', text: speedSentence(t) },
  { key: 'noise', text: noiseText(t) },
  { key: 'pace', text: paceSentence(t) },
]

function speedSentence({ speed, sessions }: Target): string {
  const text = speedText(speed)
  if (text === null) return 'Not recorded: the runs of the baseline printed neither tokens nor steps.'
  const { tokens, steps, stepsInRun, mfu } = speed
  const more = [
    tokens !== null && steps !== null ? `${twoDigits(steps)} steps/s` : '',
    stepsInRun === null ? '' : `${Math.round(stepsInRun)} steps in a run`,
    mfu === null ? '' : `${mfu.toFixed(1)}% of the peak (MFU)`,
  ].filter(Boolean)
  const rates = sessions.flatMap(n =>
    n.code !== null && n.code === sessions[0]?.code ? [n.speed.tokens ?? n.speed.steps] : [],
  )
  return `${[text, ...more].join(', ')}, by the baseline's runs.${variation(rates.filter(r => r !== null))}`
}

/** Says how much the speed varies over sessions. */
function variation(rates: number[]): string {
  const usual = median(rates)
  if (usual === null || rates.length < 2) return ''
  const [low, high] = [Math.min(...rates) / usual - 1, Math.max(...rates) / usual - 1]
  const sessions = countText(rates.length, 'session')
  if (high - low < USUAL_VARIATION) return ` The same code was as fast in ${sessions}.`
  return ` Over ${sessions} the same code ran between ${percent(-low)} slower and ${percent(high)} faster than usual.`
}

function noiseText(t: Target): string {
  const noisy = t.sessions.find(n => hasRunNoise(n.view))
  const digest = noisy?.view.digest ?? t.sessions.find(n => n.view.digest)?.view.digest
  if (!digest) return 'Not known before there is a report.'
  const sentences = noiseSentences(digest)
  const first = sentences.find(sentence => sentence.startsWith('Noise: ')) ?? sentences[0] ?? ''
  const said = first.replace(/^Noise: /, '').replace(/^\d/, n => countWord(Number(n)))
  const share = t.relativeSigma ? ` That is ${partOfBaseline(t)} of the baseline.` : ''
  const when =
    noisy && noisy !== t.sessions[0]
      ? ` So it was on ${dateText(sessionDay(noisy.view.session))}; the later sessions do not say.`
      : ''
  return `${said.startsWith('σ') ? said : capital(said)}${share}${when}`
}

function paceSentence(t: Target): string {
  const parts = [
    t.hours === null
      ? 'the times are not recorded'
      : t.experimentsPerHour === null
        ? `${countText(tried(t), 'experiment')} in ${duration(t.hours * 3600)}`
        : `${paceText(t)} experiments an hour over ${duration(t.hours * 3600)}`,
    t.idle === null ? '' : `${percent(t.idle)} of the time idle`,
    t.outages.count === 0 ? '' : totalOutageText(t.outages),
    costTexts({ agentUsd: t.costUsd, gpuUsd: t.gpuUsd }).join(' and ') || 'no cost recorded',
  ]
  return `${capital(parts.filter(Boolean).join('; '))}.`
}

const tried = ({ sessions }: Target): number => sessions.reduce((sum, { view }) => sum + view.experimentCount, 0)

/** "0.9708: −0.0271 ± 0.0008, 2.72 ± 0.08% lower, confirmed (20 November 2026)" */
export function bestText({ best, metric }: Target): string {
  if (best === null) return 'none'
  const { side, view } = best.session
  const when = view.session.startedAt
  return `${briefMetric(best.value)}: ${changeText(best, metric)}, ${resultWithBasis(side)}${when === null ? '' : ` (${dateText(when)})`}`
}

/** What a cell says where no session has a best: "inconclusive", "nothing kept". */
export const withoutBestCell = ({ sessions: [newest] }: Target): string =>
  newest ? (newest.side.confirmed ? verdictText(newest.side) : singleRunText(newest.side)) : 'not measured'

/** The same in a sentence: the newest session's result. */
export const withoutBest = ({ sessions: [newest] }: Target): string =>
  newest ? resultWithBasis(newest.side) : 'not measured'

/** σ in percent of the baseline: "0.050% (95% interval 0.031% to 0.12%)". */
export const partOfBaseline = ({ relativeSigma }: Target): string | null =>
  relativeSigma && sigmaText(scaledSigma(relativeSigma, 100), '%')

/** The same in two lines of a cell. */
export function sigmaCell({ relativeSigma }: Target): { value: string; interval: string } | null {
  if (relativeSigma === null) return null
  const percent = scaledSigma(relativeSigma, 100)
  return { value: `${twoDigits(percent.sigma)}%`, interval: intervalText(percent, '%') }
}

export const paceText = ({ experimentsPerHour: n }: Target): string | null => (n === null ? null : twoDigits(n))

/** "−0.0271 ± 0.0008" where it is confirmed, else "−0.0282". */
const changeText = ({ gain, confirmed, session }: Best, metric: Metric): string =>
  confirmed ? plusMinus(confirmed, metric) : briefDelta(gain, metric, session.view.baseline ?? 1)

/** The gain of one change in single runs, in the metric's own sign; empty where it is not known. */
export const changeOf = (gain: number | null, { session, baseline }: View): string =>
  gain === null ? '' : briefDelta(gain, session.metric, baseline ?? 1)
