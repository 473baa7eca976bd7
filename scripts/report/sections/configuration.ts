/** The final configuration: the constants that the session changed, and the changes that are in no constant. */
import type { Digest } from '../../analysis/schema.ts'
import type { Setting } from '../../analysis/source/configuration.ts'
import { plural } from '../../lib/text.ts'
import { experimentName } from '../../record/files/paths.ts'
import type { Session } from '../../record/schema.ts'
import { bullets, type Column, commands, paragraph, type Section, short, table } from '../nodes.ts'
import { wholePatchCommand } from './replicate.ts'

export function configurationPart(digest: Digest, session: Session): Section {
  const { constants, configuration, outsideConstants: outside } = digest
  // Without the files, a change whose diff is not recorded may have changed any constant.
  const isKnown = outside.every(({ why }) => why === 'code')
  if (constants.length === 0 && (outside.length === 0 || !isKnown)) return []
  return [
    ...constantsTable(constants),
    ...(constants.length > 0 && configuration !== null && isKnown
      ? [paragraph("All other top-level constants are the baseline's.")]
      : []),
    ...outsideText(digest, session),
  ]
}

/** @param heads of the two columns of values */
export function constantsTable(
  constants: Digest['constants'],
  [before, after]: readonly [string, string] = ['Baseline', 'Final'],
): Section {
  if (constants.length === 0) return []
  const file: Column<Setting> = { head: 'File', code: true, cell: c => c.file }
  return [
    table(constants, [
      ...(new Set(constants.map(c => c.file)).size > 1 ? [file] : []),
      { head: 'Constant', code: true, cell: c => c.name },
      { head: before, align: 'right', code: true, cell: c => c.baseline ?? '–' },
      { head: after, align: 'right', code: true, cell: c => c.head ?? '–' },
    ]),
  ]
}

/** Names the changes that the constants do not show, and the command that shows them. */
function outsideText({ outsideConstants: outside, constants, final }: Digest, { baseCommit }: Session): Section {
  if (outside.length === 0) return []
  const command = wholePatchCommand(baseCommit, final)
  const are = outside.length === 1 ? 'is' : 'are'
  const where =
    constants.length === 0 ? `${are} in no top-level constant` : `${are} not, or not only, in these constants`
  return [
    paragraph(`${plural(outside.length, 'kept change')} ${where}:`),
    bullets(
      outside.map(
        ({ experiment, description, why }) =>
          `${experimentName(experiment)} “${short(description)}”${why === 'code' ? '' : ', whose diff is not recorded'}`,
      ),
    ),
    ...(command === null
      ? []
      : [paragraph('The final with all of its changes, in a clone that has the commits:'), commands([command])]),
  ]
}
