/** Ideas for experiments: near misses, pairs that were never combined, open questions. Pure. */
import type { Root } from 'mdast'
import { briefDelta, delta } from '../../scripts/analysis/numbers.ts'
import type { Near } from '../../scripts/analysis/search/nearMisses.ts'
import { argument, command } from '../../scripts/lib/command.ts'
import { short } from '../figures/text.ts'
import { foundElsewhere } from './experiment/elsewhere.ts'
import { parseReport, reportSections } from './session/report.ts'
import type { View } from './view.ts'

export const ideaKinds = ['repeat', 'together', 'question'] as const

export interface Idea {
  kind: (typeof ideaKinds)[number]
  /** A word or two beside the idea: "−0.00007", "crashed", "seen once". */
  key: string
  text: string
  /** A sentence that gives the reason. */
  why: string
  /** A command that would answer it; null where there is none. */
  command: string | null
  session: string
  experiments: number[]
}

/** All ideas, the most promising of each kind first. @param views all sessions of the site */
export function ideasOf(v: View, views: View[]): Idea[] {
  return v.digest === null ? [] : [...repeats(v), ...pairs(v), ...questions(v, views)]
}

/** A selection for the first page: three open questions, two near misses and one pair. */
export function homeIdeas(ideas: Idea[]): Idea[] {
  const some = (kind: Idea['kind'], n: number) => ideas.filter(i => i.kind === kind).slice(0, n)
  return [...some('question', 3), ...some('repeat', 2), ...some('together', 1)]
}

/** The reason of most near misses. */
export const nearMissReason = 'Discarded within noise.'

/** Near misses: discards within noise. A change that was tried again counts once, by its last try. */
function repeats({ digest, id, baseline }: View): Idea[] {
  if (digest === null) return []
  return digest.near.misses.map(miss => ({
    kind: 'repeat' as const,
    command: null,
    session: id,
    experiments: [miss.experiment],
    key: delta(miss.gain, digest.metric, baseline ?? 1),
    text: miss.description,
    why: missReason(miss),
  }))
}

function missReason({ gain, tries }: Near['misses'][number]): string {
  if (gain > 0) return 'Better than the head, but by less than its added lines must gain.'
  return tries > 1 ? `Discarded within noise ${tries} times; the mean is shown.` : nearMissReason
}

function pairs({ digest, id, baseline, experiments }: View): Idea[] {
  if (digest === null) return []
  const names = new Map(experiments.map(e => [e.number, short(e.description, 60)]))
  return digest.near.combinations.map(({ experiments: [a, b], gain }) => ({
    kind: 'together' as const,
    command: null,
    session: id,
    experiments: [a, b],
    key: 'together',
    text: `${names.get(a) ?? a} + ${names.get(b) ?? b}`,
    why: `Both were discarded within noise; their changes add up to ${briefDelta(gain, digest.metric, baseline ?? 1)}. They touch different lines and were never tried in one experiment.`,
  }))
}

function questions(v: View, views: View[]): Idea[] {
  return [...unmeasured(v), ...failed(v), ...unproven(v), ...seenOnce(v, views)]
}

/** Commits of a collected branch without a row of measurements. */
const unmeasured = ({ source, id }: View): Idea[] =>
  (source?.warnings ?? [])
    .filter(d => d.code === 'unmeasured-commit')
    .map(d => ({
      kind: 'question',
      key: 'never ran',
      // The commit's subject, as the note quotes it.
      text: /“(.+?)”/.exec(d.text)?.[1] ?? 'a change without a name',
      why: d.text,
      command: null,
      session: id,
      experiments: [],
    }))

/** Crashes by an error. Out of memory and timeouts count as results. */
function failed({ digest, id, experiments }: View): Idea[] {
  const names = new Map(experiments.map(e => [e.number, e.description]))
  return (digest?.causes ?? []).flatMap(({ cause, experiments: numbers, statuses }) => {
    const [first] = numbers
    if (first === undefined || !statuses.includes('crash')) return []
    const others = numbers.length > 1 ? ` ${numbers.length - 1} more failed the same way.` : ''
    return [
      {
        kind: 'question' as const,
        key: 'crashed',
        command: null,
        session: id,
        experiments: numbers,
        text: names.get(first) ?? '',
        why: `It failed before it gave a result${cause === 'other' ? '' : `: ${cause}`}.${others}`,
      },
    ]
  })
}

/** The largest unproven keep. */
function unproven({ digest, kept, id, baseline }: View): Idea[] {
  const [largest] = kept.filter(k => (k.label === 'unproven' || k.label === 'too few runs') && (k.gain ?? 0) > 0)
  if (digest === null || !largest) return []
  // Ablation is not for paired sessions: it compares runs of different times.
  const ablates = !digest.collected && digest.pairs === null
  const ablate = ablates ? command(`confirm ${argument(id)} --ablate`) : null
  return [
    {
      kind: 'question',
      key: 'is it real?',
      command: ablate,
      session: id,
      experiments: [largest.number],
      text: largest.description,
      why: `Kept for ${briefDelta(largest.gain ?? 0, digest.metric, baseline ?? 1)}: the largest kept change that is neither confirmed nor likely. ${largest.labelReason ?? ''}`.trimEnd(),
    },
  ]
}

/** Changes with at least 10% of a session's gains that no other session tried. */
function seenOnce(v: View, views: View[]): Idea[] {
  const { kept, id, session } = v
  const alone = new Set(
    foundElsewhere(v, views)
      .filter(r => r.comparable && r.found.length === 0)
      .map(r => r.experiment),
  )
  return kept
    .filter(k => alone.has(k.number) && (k.label === 'likely' || k.label === 'confirmed') && (k.share ?? 0) >= 0.1)
    .slice(0, 3)
    .map(k => ({
      kind: 'question',
      key: 'seen once',
      command: null,
      session: id,
      experiments: [k.number],
      text: k.description,
      why: `${k.label === 'confirmed' ? 'Confirmed' : 'Likely'} on ${session.machine.label}, not tried in another session: does it hold elsewhere?`,
    }))
}

/**
 * The "What to try next" section of a report, or null. Its Markdown may be by others: render it with `treeHtml` only.
 */
export function advice({ report }: View): Root | null {
  const sections = report === null ? [] : reportSections(parseReport(report))
  return sections.find(({ title }) => /^what to try next$/i.test(title))?.tree ?? null
}
