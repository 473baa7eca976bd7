/** What a pull request would send, and where, for a person to read before it is sent. Pure. */
import { plural } from '../../lib/text.ts'
import type { Plan } from '../destination.ts'
import { nameOf } from '../request.ts'
import type { Changes } from './branch/changes.ts'
import type { Outgoing } from './branch/outgoing.ts'
import { labelOf, type Route } from './github/find.ts'
import type { PullRequest } from './github/records.ts'
import type { Remote } from './remote/remote.ts'

export interface Planned {
  remote: Remote
  route: Route
  visibility: string
  changes: Changes
  outgoing: Outgoing
  /** The commit that the remote's branch is at; null: it has none. */
  before: string | null
  /** The pull request that is updated; null: one is opened. */
  found: PullRequest | null
  labels: string[]
  title: string
  /** The body, then the comments. */
  parts: string[]
}

export function planOf(planned: Planned): Plan {
  const { found, parts, title } = planned
  const names = parts.map((_, i) => (i === 0 ? 'description' : `comment ${i}`))
  return {
    steps: [pushStep(planned), ...beforeStep(planned), ...pullRequestSteps(planned)],
    texts: [
      { name: found === null || found.title !== title ? 'title' : 'title, unchanged', text: title },
      ...parts.map((text, i) => ({ name: names[i] ?? '', text })),
    ],
  }
}

function pushStep({ remote, route, changes, before, outgoing }: Planned): string {
  const where = `${route.branch} of the remote ${remote.name} (${remote.address})`
  const commits = `${plural(outgoing.own.length, 'commit')} after ${changes.base.slice(0, 7)}`
  if (before === changes.tip) return `Leaves the branch ${where} as it is: ${commits}.`
  const listed = outgoing.own.map(line => `\n  ${line}`).join('')
  const how = before === null ? 'Pushes the new branch' : `Moves from ${before.slice(0, 7)} the branch`
  return `${how} ${where}: ${commits}:${listed}`
}

const MAX_LISTED = 20

function beforeStep({ outgoing: { before } }: Planned): string[] {
  if (before.length === 0) return []
  const listed = before.slice(-MAX_LISTED).map(line => `\n  ${line}`)
  const more = before.length > MAX_LISTED ? [`\n  and ${before.length - MAX_LISTED} earlier`] : []
  return [
    `Publishes with it ${plural(before.length, 'commit')} from before the session that no branch of the remote has:${[...listed, ...more].join('')}`,
  ]
}

function pullRequestSteps({ route, visibility, found, labels, parts }: Planned): string[] {
  const { base, into } = route
  const comments = parts.length > 1 ? ` and ${plural(parts.length - 1, 'comment')}` : ''
  const where = `${nameOf(base)} (${visibility})`
  const step =
    found === null
      ? `Opens a pull request in ${where}, from ${labelOf(route)} into ${into}, with the text below${comments}.`
      : `Updates title and description of pull request #${found.number} in ${where}${comments}, where they differ: ${found.html_url}`
  return [step, ...(labels.length > 0 ? [`Labels it ${labels.join(', ')}.`] : [])]
}
