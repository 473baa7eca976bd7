/** The files that an author gets to read, made from the session's digest and patches. Pure. */

import { codeLine, dataLine, fence } from '../../agents/prompt/text.ts'
import { betterText } from '../../analysis/relative.ts'
import type { Digest } from '../../analysis/schema.ts'
import { experimentName } from '../../record/files/paths.ts'
import type { Experiment } from '../../record/schema.ts'
import type { Known } from '../check/known.ts'
import type { ReportInput } from '../sections/parts.ts'
import { openSections } from '../sections/template.ts'
import type { PromptContext } from './prompt.ts'

/** Limits that bound the prompt's cost for long sessions. `printed` in characters, the others in items or lines. */
const LIMITS = { printed: 40_000, experiments: 250, facts: 2500, diffs: 40, diffLines: 160 }

export interface Materials {
  about: PromptContext
  /** File contents by path. */
  files: Map<string, string>
}

/** @param printed report.md without the agent's prose */
export function materialsOf({ digest, experiments, patches }: ReportInput, known: Known, printed: string): Materials {
  const diffs = chosenDiffs(digest, patches)
  const { name, goal } = digest.metric
  return {
    about: {
      what: `one session of an unattended search on ${dataLine(digest.machine, 60) || 'a machine'}: a program was changed again and again, run under a fixed budget each time, and a change was kept when its one number got better`,
      metric: `${dataLine(name, 60)}, ${betterText(goal)}`,
      open: openSections,
      experiment: '`:exp[42]` prints a link to experiment 42 of experiments.md: "wider layers (:exp[42])".',
      materials: [
        ['printed.md', 'the report as it prints now, without its log: what the reader sees anyway'],
        ['facts.md', 'every number there is, by id; the names of constants, tables and figures'],
        ['experiments.md', 'what was tried, its gain (+ is better) and the proposer’s hypothesis'],
        ...(diffs.length === 0
          ? []
          : [['diffs/', 'what was kept and what nearly was, as patches'] as [string, string]]),
      ],
    },
    files: new Map([
      ['printed.md', withoutLog(printed).slice(0, LIMITS.printed)],
      ['facts.md', factsText(known, name)],
      ['experiments.md', experimentsText(digest, experiments)],
      ...diffs.map(([number, patch]): [string, string] => [`diffs/${experimentName(number)}.patch`, diffText(patch)]),
    ]),
  }
}

const withoutLog = (printed: string): string => printed.replace(/\n<details>\n<summary><b>Full log<[\s\S]*$/, '\n')

/**
 * Facts grouped by the first part of their ids. The facts of each experiment (`exp.N.…`) follow one rule and are not
 * listed.
 */
export function factsText({ facts, knobs, tables, figures }: Known, metric: string): string {
  const listed = [...facts.values()].filter(({ id }) => !/^(?:.*\/)?exp\./.test(id))
  const groups = Map.groupBy(listed.slice(0, LIMITS.facts), ({ id }) => groupOf(id))
  const sections = [...groups].map(([group, members]) => {
    const lines = members.map(
      ({ id, text, confirmed }) => `${id} = ${dataLine(text, 300)}${confirmed ? '  (confirmed)' : ''}`,
    )
    return `## ${dataLine(group, 60)}\n${fence(lines)}`
  })
  const names = (list: Set<string>) => [...list].map(name => `\`${dataLine(name, 60)}\``).join(', ') || 'none'
  return [
    '# Facts',
    `An id and how it prints. Gains have the sign of ${dataLine(metric, 60)}. Those marked (confirmed) rest on the runs of confirm.`,
    'Beside these, every measured experiment N has `exp.N.metric` and `exp.N.gain` (against the best of its time).',
    ...(listed.length > LIMITS.facts ? [`${listed.length - LIMITS.facts} more are not listed.`] : []),
    `Tables: ${names(tables)}. Figures: ${names(figures)}. Constants: ${names(knobs)}.`,
    ...sections,
    '',
  ].join('\n\n')
}

/** "kept" of "kept.42.gain", "nov20/kept" of "nov20/kept.42.gain". */
const groupOf = (id: string): string => /^(?:.*\/)?[^./]*/.exec(id)?.[0] ?? ''

/**
 * If there are too many experiments, keeps come first, then near misses, then the largest dead ends; printed in the
 * session's order.
 */
function experimentsText({ near, trials, metric }: Digest, experiments: Experiment[]): string {
  const misses = new Set(near.misses.map(miss => miss.experiment))
  const gains = new Map(trials.map(trial => [trial.experiment, trial.gain]))
  const rank = ({ number, status }: Experiment) =>
    number === 0 || status === 'keep' ? 0 : misses.has(number) ? 1 : status === 'discard' ? 2 : 3
  const size = ({ number }: Experiment) => -Math.abs(gains.get(number) ?? 0)
  const chosen = new Set(
    experiments.toSorted((a, b) => rank(a) - rank(b) || size(a) - size(b)).slice(0, LIMITS.experiments),
  )
  const lines = experiments
    .filter(experiment => chosen.has(experiment))
    .flatMap(experiment => {
      const { number, status, description, hypothesis, reason } = experiment
      const gain = gains.get(number) ?? null
      const shown = gain === null ? dataLine(reason, 160) : `${gain > 0 ? '+' : ''}${Number(gain.toPrecision(3))}`
      return [
        `${number}  ${misses.has(number) ? 'near miss' : status}  ${shown}  ${dataLine(description, 160)}`,
        ...(hypothesis ? [`    hypothesis: ${dataLine(hypothesis, 300)}`] : []),
      ]
    })
  const left = experiments.length - chosen.size
  return [
    '# Experiments',
    `Number, status, gain in ${dataLine(metric.name, 60)} (+ is better) or why there is none, description.`,
    ...(left > 0 ? [`${left} more are left out.`] : []),
    fence(lines),
    '',
  ].join('\n\n')
}

/** Patches of the kept changes, largest gain first, then of the near misses. */
function chosenDiffs({ kept, near }: Digest, patches: Map<number, string>): [number, string][] {
  const numbers = [...kept.map(k => k.experiment), ...near.misses.map(miss => miss.experiment)]
  return [...new Set(numbers)]
    .flatMap((number): [number, string][] => {
      const patch = patches.get(number) ?? ''
      return patch === '' ? [] : [[number, patch]]
    })
    .slice(0, LIMITS.diffs)
}

function diffText(patch: string): string {
  const lines = patch.split('\n')
  const shown = lines.slice(0, LIMITS.diffLines).map(line => line.slice(0, 1) + codeLine(line.slice(1)))
  const left = lines.length - shown.length
  return `${shown.join('\n')}\n${left > 0 ? `(${left} more lines)\n` : ''}`
}
