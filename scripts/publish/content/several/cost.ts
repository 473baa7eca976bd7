/** What the sessions took: time, device-hours and dollars. Pure. */
import type { RootContent } from 'mdast'
import { type Costs, costsOf } from '../../../analysis/cost.ts'
import { total } from '../../../analysis/numbers.ts'
import { deviceHoursText } from '../../../compare/rates.ts'
import { dollarText, duration } from '../../../lib/format.ts'
import { capital } from '../../../lib/text.ts'
import { paragraph, table } from '../../../report/nodes.ts'
import type { Member, SeveralFacts } from './facts.ts'

/** Time, device-hours and dollars of each session, and in all. */
export function took({ members, week }: SeveralFacts): RootContent[] {
  const hasGpu = members.every(({ session }) => session.machine.gpu !== null)
  const hours = hasGpu ? 'GPU-hours' : 'device-hours'
  const seconds = new Map(week.sessions.map(({ session, seconds }) => [session, seconds]))
  const time = ({ session }: Member) => seconds.get(session.id) ?? 0
  const money = (usd: number | null) => (usd === null ? '–' : dollarText(usd))
  const hoursOf = (value: number) => value.toFixed(value < 10 ? 2 : 1)
  return [
    table(members, [
      { head: 'Session', cell: m => m.name },
      { head: 'Time', align: 'right', cell: m => (time(m) > 0 ? duration(time(m)) : '–') },
      { head: `${capital(hours)}, search`, align: 'right', cell: m => deviceHoursText(m.side) ?? '–' },
      {
        head: `${capital(hours)}, confirm`,
        align: 'right',
        cell: m => (m.confirmHours === null ? '–' : hoursOf(m.confirmHours)),
      },
      { head: 'Agents', align: 'right', cell: m => money(costsOf(m.digest).agentUsd) },
      ...(members.some(m => m.digest.gpuCost !== null)
        ? [{ head: 'GPUs', align: 'right' as const, cell: (m: Member) => money(costsOf(m.digest).gpuUsd) }]
        : []),
    ]),
    paragraph(...totals(members, hours, hoursOf)),
  ]
}

function totals(members: Member[], hours: string, hoursOf: (value: number) => string): string[] {
  const known = members.filter(({ side }) => side.deviceHours !== null)
  const search = total(known.map(({ side }) => side.deviceHours?.value ?? null)) ?? 0
  const confirm = total(members.map(({ confirmHours }) => confirmHours)) ?? 0
  const some = (found: Member[]) =>
    found.length === members.length ? '' : ` (known for ${found.length} of ${members.length} sessions)`
  const paid = (kind: keyof Costs, name: string, unknown: string) => {
    const found = members.filter(({ digest }) => costsOf(digest)[kind] !== null)
    const usd = total(found.map(({ digest }) => costsOf(digest)[kind]))
    return usd === null ? unknown : `${name} cost ${dollarText(usd)}${some(found)}.`
  }
  const bases = new Set(known.map(({ side }) => side.deviceHours?.basis))
  return [
    known.length === 0 ? `The ${hours} are not known.` : `In all ${hoursOf(search + confirm)} ${hours}${some(known)}.`,
    bases.has('clock') ? '“≈” is by the length of a session, whose runs are not recorded.' : '',
    bases.has('budget') ? '“≥” counts training times alone.' : '',
    paid('agentUsd', 'Agents', 'What agents cost is not known.'),
    paid('gpuUsd', 'GPUs', `The price of ${hours} is not known.`),
  ].filter(sentence => sentence !== '')
}
