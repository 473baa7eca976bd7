/** The section on what a session inherited: from where, the gains with and without it, the changes and the constants. */
import { inheritedSentences } from '../../analysis/inherited.ts'
import type { Digest } from '../../analysis/schema.ts'
import { experimentName } from '../../record/files/paths.ts'
import { bullets, paragraph, type Section, short } from '../nodes.ts'
import { constantsTable } from './configuration.ts'

export function inheritedPart(digest: Digest): Section {
  const { inherited } = digest
  const said = inheritedSentences(digest)
  if (inherited === null || said === null) return []
  const { experiments, descriptions, base } = inherited.from
  const names = experiments.map((number, i) => `${experimentName(number)} there: “${short(descriptions[i] ?? '')}”`)
  return [
    // The first paragraph of the report has the gains.
    paragraph(said.there),
    bullets(names),
    ...(inherited.constants.length === 0
      ? []
      : [
          paragraph('Constants that were inherited, as this session starts with them:'),
          ...constantsTable(inherited.constants, ['Original', 'Start']),
        ]),
    paragraph(
      `The original baseline is commit ${base.slice(0, 7)}; “baseline” elsewhere in this report is this session's start.`,
    ),
  ]
}
