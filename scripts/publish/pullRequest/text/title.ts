/** The title of a pull request: squashed, it becomes the subject of a commit. Pure. */
import { fromTo, list } from '../../../analysis/numbers.ts'
import { shareBetween } from '../../../analysis/relative.ts'
import { Failure } from '../../../lib/errors.ts'
import { plural, sanitizeText } from '../../../lib/text.ts'
import { titleOf } from '../../content/draft.ts'
import type { Facts } from './facts.ts'

/** Subjects of commits are cut about here, and GitHub adds the pull request's number. */
const MAX_SUBJECT = 72

/**
 * @param subject of the only commit of an adopted branch; null where it has more, or none
 * @returns e.g. "Lower val_bpb by 12.5%: 3 changes of train.py"
 */
export function computedTitle(facts: Facts, subject: string | null): string {
  if (subject !== null) return titleOf(subject)
  const { compared, changes, input } = facts
  if (changes.length === 0) return titleOf(`Add the records of the session ${input.session.id}`)
  const { name } = input.digest.metric
  const begin = compared?.verdict === 'better' ? `${moved(name, compared.baseline, compared.after)}: ` : ''
  const end = begin === '' ? ` (${name}: no gain shown)` : ''
  return titleOf(`${begin}${whatText(facts, MAX_SUBJECT - begin.length - end.length)}${end}`)
}

/** "Lower val_bpb by 12.5%" */
function moved(name: string, from: number, to: number): string {
  const verb = to < from ? 'Lower' : 'Raise'
  const share = /^(.+%) (?:lower|higher)$/.exec(shareBetween(from, to) ?? '')?.[1]
  return share === undefined ? `${verb} ${name} ${fromTo(from, to)}` : `${verb} ${name} by ${share}`
}

/** The change where there is only one, else how many there are of which files. */
function whatText({ changes, files }: Facts, length: number): string {
  const [only, ...others] = changes
  if (only && others.length === 0) return sanitizeText(only.experiment.description, Math.max(20, length))
  const where = files.length > 0 && files.length <= 2 ? ` of ${list(files)}` : ''
  return `${plural(changes.length, 'change')}${where}`
}

/** A title that was given. @throws {Failure} for one that GitHub would not take */
export function givenTitle(title: string): string {
  const text = sanitizeText(title, 1000)
  if (text === '' || text.length > 240)
    throw new Failure(
      text === '' ? '--title is empty.' : `--title has ${text.length} characters.`,
      'Give a title in one line of at most 240 characters.',
    )
  return text
}
