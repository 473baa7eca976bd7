/** Reads the verb of `pnpm session` and checks its arguments. Pure. */
import { command } from '../../lib/command.ts'
import { Failure } from '../../lib/errors.ts'
import { closest } from '../../lib/suggest.ts'

const verbs = ['stop', 'pause', 'resume', 'cancel'] as const

export interface Order {
  verb: (typeof verbs)[number] | 'begin'
  /** The session as the user named it; null when none is named. */
  id: string | null
}

/** How `stop` stops. */
const ways = ['now', 'leave']
/** Flags of these verbs. `begin` and `resume` take all but those of `stop`, `resume` not --from; the contract checks them. */
const flagsOf: Partial<Record<Order['verb'], string[]>> = { stop: ways, pause: [], cancel: [] }

/**
 * @param values flags; `resume` and `cancel` are aliases of the verbs
 * @throws {Failure} for an unknown verb, and for a flag or argument that the verb does not take
 */
export function readVerb(positionals: string[], values: Record<string, unknown>): Order {
  const alias = (['resume', 'cancel'] as const).filter(verb => values[verb])
  const [first, ...rest] = [...alias, ...positionals]
  if (first === undefined) return checked({ verb: 'begin', id: null }, values)
  const verb = verbs.find(known => known === first)
  if (verb === undefined) throw unknown(first)
  if (rest.length > 1) throw new Failure(`Unexpected argument ${rest[1]}.`, `${verb} takes one session.`)
  return checked({ verb, id: rest[0] ?? null }, values)
}

function unknown(first: string): Failure {
  const near = closest(first, verbs)
  const advice = near
    ? `Did you mean \`${command(`session ${near}`)}\`?`
    : `Verbs: ${verbs.join(', ')}. A session is named after its verb.`
  return new Failure(`session has no verb ${first}.`, advice)
}

function checked(order: Order, values: Record<string, unknown>): Order {
  const { verb } = order
  const given = Object.keys(values).filter(flag => values[flag] !== undefined && flag !== 'resume' && flag !== 'cancel')
  const isAllowed = (flag: string) =>
    flagsOf[verb]?.includes(flag) ?? (!ways.includes(flag) && !(verb === 'resume' && flag === 'from'))
  const wrong = given.find(flag => !isAllowed(flag))
  if (wrong)
    throw new Failure(
      `--${wrong} does not go with ${verb === 'begin' ? 'a new session' : `session ${verb}`}.`,
      ways.includes(wrong)
        ? `It is for \`${command(`session stop --${wrong}`)}\`.`
        : verb === 'resume' && wrong === 'from'
          ? 'A session keeps what it started with.'
          : 'See --help.',
    )
  if (values.now && values.leave)
    throw new Failure('--now does not go with --leave.', '--now ends the runs, --leave lets those of an engine go on.')
  if (values.detach && values['dry-run'])
    throw new Failure('--detach does not go with --dry-run.', 'A dry run starts nothing.')
  return order
}
