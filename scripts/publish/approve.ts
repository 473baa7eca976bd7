/** Shows what would be sent and asks on a terminal whether to send it. */
import { command, shellWord } from '../lib/command.ts'
import { sanitizeLines } from '../lib/text.ts'
import type { Ask } from '../share/ask.ts'
import type { Plan } from './destination.ts'

export interface Approval {
  /** --yes. */
  yes: boolean
  ask: Ask | null
  /** Prints the plan. */
  show(plan: Plan): void
  /** Tells how to send it, where nobody can be asked. */
  tell(text: string): void
}

/** @returns the function by which a destination shows its plan and learns whether to send it */
export function approver({ yes, ask, show, tell }: Approval): (plan: Plan) => Promise<boolean> {
  return async plan => {
    show(plan)
    if (yes) return true
    if (ask) {
      // Long texts have moved where it goes out of sight.
      const steps = plan.texts.length > 0 ? `${stepsText(plan)}\n\n` : ''
      const isYes = /^y(es)?$/i.test(await ask(`${steps}Send it? [y/N]`))
      if (!isYes) tell('Nothing was sent.')
      return isYes
    }
    tell(`Nothing was sent. To send it: \`${sendCommand(process.argv.slice(2))}\``)
    return false
  }
}

/** The command that was typed, with --yes. */
const sendCommand = (args: string[]): string => command(['post', ...args.map(word), '--yes'].join(' '))

/** A flag needs no quotes. */
const word = (argument: string): string => (/^--[a-z-]+$/.test(argument) ? argument : shellWord(argument))

/** The plan as text: what it does, then each text between two lines. */
export function planText(plan: Plan): string {
  const { texts } = plan
  const parts = texts.map(({ name, text }) => `----- ${name} -----\n${text.replace(/\n*$/, '\n')}`)
  const end = texts.length > 0 ? ['----- end -----\n'] : []
  return [`${stepsText(plan)}\n`, ...parts, ...end].join('\n')
}

/** Names in them are of GitHub, where others chose them. */
const stepsText = ({ steps }: Plan): string => sanitizeLines(steps.join('\n'))
