/** The section on rows whose status has no known meaning: their values, and how to say what they mean. */
import { delta } from '../../analysis/numbers.ts'
import { namingText, whyUnknown } from '../../analysis/result/unknown.ts'
import type { Digest } from '../../analysis/schema.ts'
import { change, metricTexts } from '../../lib/format.ts'
import { capital } from '../../lib/text.ts'
import { experimentName } from '../../record/files/paths.ts'
import type { Experiment } from '../../record/schema.ts'
import { brief, commands, paragraph, type Section, table } from '../nodes.ts'

/** Rows of the table, the best first; the full log has all. */
const MAX_ROWS = 10

export function unknownPart({ unknown, metric, bestSingleRun }: Digest, experiments: Experiment[]): Section {
  if (unknown === null) return []
  const baseline = bestSingleRun?.baseline ?? null
  const own = new Set(unknown.experiments)
  const rows = experiments.flatMap(e =>
    own.has(e.number) && e.metric !== null && baseline !== null
      ? [{ ...e, metric: e.metric, gain: change(e.metric - baseline, metric.goal) + 0 }]
      : [],
  )
  const shown = rows.toSorted((a, b) => b.gain - a.gain || a.number - b.number).slice(0, MAX_ROWS)
  const text = metricTexts(shown.map(e => e.metric))
  return [
    paragraph(`${capital(whyUnknown(unknown))}, so it is not known what of this was kept.`, namingText(unknown)),
    commands([unknown.again]),
    ...(shown.length === 0
      ? []
      : [
          table(shown, [
            { head: 'Experiment', cell: e => experimentName(e.number) },
            { head: 'Change', cell: e => brief(e.description) },
            { head: metric.name, align: 'right', cell: e => text(e.metric, [baseline ?? e.metric]) },
            { head: 'Against the baseline', align: 'right', cell: e => delta(e.gain, metric, baseline ?? 1) },
          ]),
        ]),
    ...(shown.length < rows.length
      ? [paragraph(`The ${shown.length} best of ${rows.length}; the full log has all.`)]
      : []),
  ]
}
