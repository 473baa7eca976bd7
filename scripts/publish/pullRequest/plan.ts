/** What posting would send, and where, for a person to read before it is sent. Pure. */
import { named, plural } from '../../lib/text.ts'
import type { Plan } from '../destination.ts'
import { visibilityText } from '../github/repository.ts'
import { nameOf } from '../request.ts'
import { labelOf } from './github/find.ts'
import { hasText } from './github/send.ts'
import type { Prepared } from './prepare.ts'

/** Whether everything is as it would be sent. */
export const isUnchanged = ({ changes, before, found, text, labels, comments }: Prepared): boolean =>
  before === changes.tip && found !== null && hasText(found, text) && labels.length === 0 && comments.length === 0

export function planOf(prepared: Prepared): Plan {
  const { text, found, comments, missing, repository } = prepared
  const without = `${nameOf(repository)} has no label ${named(missing)}: the pull request goes without.`
  const isNew = found === null || !hasText(found, text)
  const bodies = comments.flatMap(change => (change.kind === 'delete' ? [] : [change.body]))
  return {
    steps: [...pushSteps(prepared), ...pullRequestSteps(prepared), ...(missing.length > 0 ? [without] : [])],
    texts: [
      ...(isNew
        ? [
            { name: 'title', text: text.title },
            { name: 'description', text: text.body },
          ]
        : []),
      ...bodies.map((body, i) => ({ name: `comment ${i + 1} of ${bodies.length}`, text: body })),
    ],
  }
}

function pushSteps({ remote, route, changes, before, outgoing }: Prepared): string[] {
  if (before === changes.tip) return []
  const branch = `branch ${route.branch} of the remote ${remote.name} (${remote.address})`
  const what = `${plural(outgoing.own.length, 'commit')} after ${changes.base.slice(0, 7)}`
  const push = before === null ? `Push the new ${branch}` : `Move the ${branch} from ${before.slice(0, 7)}`
  const earlier = outgoing.before
  const also = `Publish with it ${plural(earlier.length, 'commit')} from before the session, which no branch of the remote has:`
  return [`${push}: ${what}:\n${lines(outgoing.own)}`, ...(earlier.length > 0 ? [`${also}\n${lines(earlier)}`] : [])]
}

const MAX_LISTED = 30

/** The last ones, indented. */
function lines(commits: string[]): string {
  const more = commits.length - MAX_LISTED
  const shown = commits.slice(-MAX_LISTED).map(commit => `  ${commit}`)
  return [...(more > 0 ? [`  ${more} earlier`] : []), ...shown].join('\n')
}

function pullRequestSteps({ route, repository, found, text, labels, comments, isDraft, template }: Prepared): string[] {
  const visibility = visibilityText(repository)
  const count = (kind: string) => comments.filter(change => change.kind === kind).length
  const [added, updated, deleted] = [count('add'), count('update'), count('delete')]
  const where =
    found === null
      ? `Open a ${isDraft ? 'draft ' : ''}pull request in ${nameOf(route.base)} (${visibility}), from ${labelOf(route)} into ${route.into}.`
      : hasText(found, text)
        ? null
        : `Update title and description of ${found.html_url} (${visibility}).`
  return [
    ...(where === null ? [] : [where]),
    ...(isDraft && found !== null && !found.draft ? ['It is no draft, and stays so: --draft is for a new one.'] : []),
    ...templateSteps(template, found !== null),
    ...(labels.length > 0 ? [`Label it ${named(labels, 20)}.`] : []),
    ...(added > 0
      ? [`Add ${plural(added, 'comment')}, which ${added === 1 ? 'continues' : 'continue'} the description.`]
      : []),
    ...(updated > 0 ? [`Update ${plural(updated, 'comment')} of it.`] : []),
    ...(deleted > 0 ? [`Delete ${plural(deleted, 'comment')} of it, which the shorter text does not need.`] : []),
  ]
}

function templateSteps({ chosen, others }: Prepared['template'], isOpen: boolean): string[] {
  if (chosen !== null && !isOpen)
    return [`Its description includes the repository's template ${chosen.name}, not filled in.`]
  return others.length === 0
    ? []
    : [
        `The repository has the templates ${named(others, 10)}: --template NAME uses one, --template none leaves them out.`,
      ]
}
