/** Parses the flags of `pnpm collect`. */
import { Failure } from '../lib/errors.ts'
import { parseDuration } from '../lib/time.ts'
import { type Status, statuses } from '../record/schema.ts'
import type { Request } from './collect.ts'
import { type Role, roles } from './table/columns.ts'
import { plainWord } from './table/values/verdict.ts'

export const flags = {
  metric: { type: 'string' },
  goal: { type: 'string' },
  column: { type: 'string', multiple: true },
  segment: { type: 'string' },
  status: { type: 'string', multiple: true },
  branch: { type: 'string' },
  table: { type: 'string' },
  tag: { type: 'string' },
  machine: { type: 'string' },
  'session-id': { type: 'string' },
  budget: { type: 'string' },
  'one-session': { type: 'boolean' },
  'dry-run': { type: 'boolean' },
  json: { type: 'boolean' },
} as const

type Values = { [name in keyof typeof flags]?: string | boolean | string[] | undefined }

/** @param sources number of sources @throws {Failure} naming the invalid flag */
export function readRequest(values: Values, sources: number): Request {
  const text = (name: keyof typeof flags) => (typeof values[name] === 'string' ? values[name] : null)
  const goal = text('goal')
  if (goal !== null && goal !== 'minimize' && goal !== 'maximize')
    throw new Failure(`--goal ${goal} is not a goal.`, 'Use minimize or maximize.')
  const id = text('session-id')
  if (id !== null && sources > 1)
    throw new Failure(`--session-id works with one source; ${sources} were given.`, 'Collect them one by one.')
  const budget = text('budget')
  const seconds = budget === null ? null : parseDuration(budget)
  if (budget !== null && seconds === null)
    throw new Failure(`--budget ${budget} is not a duration.`, 'Use e.g. 5m or 300s.')
  const segment = text('segment')
  if (segment !== null && !/^\d{1,6}$/.test(segment))
    throw new Failure(`--segment ${segment} is not a number.`, 'Use the number of a segment, from 0.')
  const columns = Object.fromEntries(pairs(values.column, '--column', [...roles], 'left')) as Partial<
    Record<Role, string>
  >
  const words = pairs(values.status, '--status', [...statuses], 'right').map(
    ([word, status]) => [plainWord(word), status as Status] as const,
  )
  return {
    metric: text('metric'),
    goal,
    columns,
    statuses: new Map(words),
    segment: segment === null ? null : Number(segment),
    oneSession: values['one-session'] === true,
    flags: givenFlags(values),
    branch: text('branch'),
    table: text('table'),
    tag: text('tag'),
    machine: text('machine'),
    id,
    budget: seconds,
    dry: values['dry-run'] === true,
  }
}

/** The flags that say how a source is read, as they were given; those of the call alone are left out. */
function givenFlags(values: Values): string[] {
  const names = (Object.keys(flags) as (keyof typeof flags)[]).filter(name => name !== 'dry-run' && name !== 'json')
  return names.flatMap(name => {
    const given = values[name]
    if (given === undefined || given === false) return []
    return given === true ? [`--${name}`] : [given].flat().flatMap(value => [`--${name}`, String(value)])
  })
}

/** Splits "a=b" pairs at the "=" beside the closed side, which must be in `allowed`. */
function pairs(
  given: Values[keyof Values],
  flag: string,
  allowed: string[],
  side: 'left' | 'right',
): [string, string][] {
  return (Array.isArray(given) ? given : []).map(text => {
    const at = side === 'left' ? text.indexOf('=') : text.lastIndexOf('=')
    const pair: [string, string] = [text.slice(0, at), text.slice(at + 1)]
    const closed = pair[side === 'left' ? 0 : 1]
    if (at <= 0 || at === text.length - 1 || !allowed.includes(closed))
      throw new Failure(
        `${flag} ${text} is not valid.`,
        side === 'left'
          ? `Use ROLE=NAME; roles are ${allowed.join(', ')}.`
          : `Use WORD=STATUS; statuses are ${allowed.join(', ')}.`,
      )
    return pair
  })
}
