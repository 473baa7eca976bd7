/** The messages about an outage: that it has lasted 15 minutes, and later that it is over. */
import { outageText } from '../../analysis/outages.ts'
import { capital, sanitizeText } from '../../lib/text.ts'
import type { Outage, Session } from '../../record/schema.ts'
import { aboutSession, type Message, message } from './message.ts'

export function outageMessage(session: Session, outage: Outage, now: Date): Message {
  const { use, kind, detail, startedAt, endedAt } = outage
  const agent = sanitizeText(use, 40)
  const first = `The first failure: ${sanitizeText(detail, 300).replace(/\.$/, '')}.`
  const goesOn = 'It is asked again every few minutes, until the session ends.'
  return message({
    event: 'outage',
    ...aboutSession(session, endedAt === null ? `${agent} is out` : `${agent} answers again`),
    text: `${capital(outageText(outage, now))}.${endedAt === null ? ` ${first} ${goesOn}` : ''}`,
    outage: { agent: use, kind, startedAt, endedAt },
  })
}
