/** The section on what is not proven: the gain as a whole, single changes, other data, other machines. */
import { isOpen, pRealText } from '../../analysis/labels.ts'
import { delta, list, shareText } from '../../analysis/numbers.ts'
import { outcomeOf } from '../../analysis/result/outcome.ts'
import { whyUnconfirmed } from '../../analysis/result/phrases.ts'
import type { Digest, Kept } from '../../analysis/schema.ts'
import { plural } from '../../lib/text.ts'
import { experimentName } from '../../record/files/paths.ts'
import type { Session } from '../../record/schema.ts'
import { isEnoughForPReal } from '../../stats/noise.ts'
import { bullets, type Section, short } from '../nodes.ts'
import { ablated } from './ablation.ts'
import { lower } from './session.ts'

/** Unproven changes that get a line each; beyond that they share one, which names some. */
const [MAX_LINES, MAX_NAMES] = [3, 10]

export function unprovenPart(digest: Digest, session: Session): Section {
  const { kept, confirmed, holdout, bestSingleRun, warnings, overBudget } = digest
  if (kept.length === 0 || bestSingleRun === null) return []
  const { kind } = outcomeOf(digest)
  const contradicted = [...new Set(warnings.map(w => w.experiment))]
  const items = [
    kind === 'unconfirmed' && bestSingleRun.gain > 0
      ? `The gain as a whole: ${lower(whyUnconfirmed(digest.confirmRuns))}`
      : '',
    kind === 'inconclusive' ? 'The gain as a whole: its 95% interval includes zero.' : '',
    kind === 'worse' ? 'That any of it helps: the kept changes together made it worse.' : '',
    kind === 'confirmed' && kept.length - (digest.final?.removed.length ?? 0) > 1 ? whichChange(digest) : '',
    confirmed && holdout?.verdict !== 'better'
      ? `A gain on other data: ${holdout === null ? 'no holdout was measured' : "the holdout's interval includes zero or is worse"}.`
      : '',
    ...openItems(digest, bestSingleRun.baseline),
    contradicted.length > 0
      ? `${plural(contradicted.length, 'description')} that ${contradicted.length === 1 ? 'contradicts' : 'contradict'} the diff or the run: ${named(contradicted)}.`
      : '',
    ...overBudget.filter(({ kept }) => kept).map(w => `${experimentName(w.experiment)}: ${lower(w.sentence)}`),
    session.machine.label === 'unknown'
      ? 'Any machine: the one that made the runs is not known.'
      : `Other machines: all runs are from ${session.machine.label}.`,
  ]
  return [bullets(items.filter(item => item !== ''))]
}

/** How many changes were ablated: only an ablation shows the effect of a single change. */
function whichChange(digest: Digest): string {
  const [all, out] = [digest.kept.length - (digest.final?.removed.length ?? 0), ablated(digest).length]
  if (out === all) return ''
  const which = out === 0 ? 'none was' : `${all - out} of ${all} were not`
  return `Which change did it: the total is confirmed, but ${which} taken out and measured alone.`
}

/** Kept changes without a label that settles them: one line each, or one line per label if there are many. */
function openItems(digest: Digest, about: number): string[] {
  const { final } = digest
  // A change that was taken out has its own section.
  const kept = digest.kept.filter(k => !final?.removed.some(({ experiment }) => experiment === k.experiment))
  const out = digest.kept.length - kept.length
  // The only change is judged by the total gain.
  const open = kept.length === 1 ? [] : kept.filter(k => isOpen(k.label))
  if (open.length <= MAX_LINES) return open.map(k => openItem(k, digest, about))
  return (['too few runs', 'unproven', 'refuted'] as const).flatMap(label => {
    const some = open.filter(k => k.label === label)
    if (some.length === 0) return []
    // What lost, or gained nothing, has no share.
    const part = some.some(k => k.gain > 0)
      ? `${shareText(some.reduce((sum, k) => sum + (k.share ?? 0), 0))} of the summed gains`
      : 'without a gain'
    const all = some.length === kept.length
    const which = `${all ? `Each of the ${some.length}` : `${some.length} of the ${kept.length}`} kept changes${out > 0 ? ' of the final' : ''}${all && label === 'too few runs' ? '' : ` (${part})`}`
    const why = label === 'too few runs' ? 'too few runs to label it' : label
    return [`${which}: ${why}${all ? '' : `, ${named(some.map(k => k.experiment))}`}.`]
  })
}

function named(experiments: number[]): string {
  const some = experiments.slice(0, MAX_NAMES).map(experimentName)
  const left = experiments.length - some.length
  return list(left > 0 ? [...some, `${left} more`] : some)
}

function openItem(
  { experiment, description, gain, pReal, label }: Kept,
  { metric, noise, ofTable = false }: Digest,
  about: number,
): string {
  const what = `${experimentName(experiment)} “${short(description)}”`
  const change = delta(gain, metric, about)
  if (gain <= 0) {
    const why = ofTable ? 'why it was kept is not known' : 'it removes lines'
    return `${what}: no gain when it was kept (${change}); ${why}.`
  }
  // Where σ rests on a single pair, a multiple of it says as little as P(real).
  const sigmas = isEnoughForPReal(noise) && noise.sigma > 0 ? `, ${(gain / noise.sigma).toFixed(1)}σ` : ''
  const chance = pReal === null ? '' : `, P(real) ${pRealText(pReal)}`
  return `${what}: ${label}, ${change}${sigmas}${chance}.`
}
