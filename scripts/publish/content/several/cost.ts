/** What the sessions took: time, device-hours and dollars. Pure. */
import type { RootContent } from 'mdast'
import { total } from '../../../analysis/numbers.ts'
import { deviceHoursText } from '../../../compare/rates.ts'
import { duration } from '../../../lib/format.ts'
import { capital } from '../../../lib/text.ts'
import { paragraph, table } from '../../../report/nodes.ts'
import type { Member, SeveralFacts } from './facts.ts'

/** Time, device-hours and dollars of each session, and in all. */
export function took({ members, week }: SeveralFacts): RootContent[] {
  const hasGpu = members.every(({ session }) => session.machine.gpu !== null)
  const hours = hasGpu ? 'GPU-hours' : 'device-hours'
  const seconds = new Map(week.sessions.map(({ session, seconds }) => [session, seconds]))
  const time = ({ session }: Member) => seconds.get(session.id) ?? 0
  const money = (usd: number | null) => (usd === null ? '–' : `$${usd.toFixed(2)}`)
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
      { head: 'Agents', align: 'right', cell: m => money(m.digest.costUsd) },
    ]),
    paragraph(...totals(members, hours, hoursOf)),
  ]
}

function totals(members: Member[], hours: string, hoursOf: (value: number) => string): string[] {
  const known = members.filter(({ side }) => side.deviceHours !== null)
  const search = total(known.map(({ side }) => side.deviceHours?.value ?? null)) ?? 0
  const confirm = total(members.map(({ confirmHours }) => confirmHours)) ?? 0
  const paid = members.filter(({ digest }) => digest.costUsd !== null)
  const some = (found: Member[]) =>
    found.length === members.length ? '' : ` (known for ${found.length} of ${members.length} sessions)`
  const bases = new Set(known.map(({ side }) => side.deviceHours?.basis))
  return [
    known.length === 0 ? `The ${hours} are not known.` : `In all ${hoursOf(search + confirm)} ${hours}${some(known)}.`,
    bases.has('clock') ? '“≈” is by the length of a session, whose runs are not recorded.' : '',
    bases.has('budget') ? '“≥” counts training times alone.' : '',
    paid.length === 0
      ? 'What agents cost is not known.'
      : `Agents cost $${(total(paid.map(({ digest }) => digest.costUsd)) ?? 0).toFixed(2)}${some(paid)}.`,
    `Prices of ${hours} are not recorded.`,
  ].filter(sentence => sentence !== '')
}
