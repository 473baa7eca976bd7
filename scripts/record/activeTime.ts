/**
 * When a session's harness ran, and on how many devices. A device is a GPU, or a slot where the machine has none. Runs that
 * are made by hand after the end (`pnpm confirm`) belong to no stretch.
 */
import { engineDevices, type WhereRuns } from '../program/engine.ts'
import type { Run, Session } from './schema.ts'

type Active = Pick<Session, 'active'>

/** Begins a stretch. @param devices by default those of the stretch before */
export function beginStretch(session: Active, from: string, devices?: number): void {
  const before = session.active?.at(-1)?.devices ?? 1
  session.active = [...(session.active ?? []), { from, to: null, devices: devices ?? before }]
}

/** Ends the stretch under way, if there is one. */
export function endStretch(session: Active, to: string): void {
  const last = session.active?.at(-1)
  if (last && last.to === null) session.active = [...(session.active ?? []).slice(0, -1), { ...last, to }]
}

/** Seconds that the session has run, without interruptions. @param until the end of a stretch under way */
export const activeSeconds = ({ active = [] }: Active, until: string | Date): number =>
  active.reduce((sum, stretch) => sum + secondsOf(stretch, until), 0)

/** The same times the devices of each stretch. */
export const activeDeviceSeconds = ({ active = [] }: Active, until: string | Date): number =>
  active.reduce((sum, stretch) => sum + secondsOf(stretch, until) * stretch.devices, 0)

/** Seconds between two moments in which the session ran. */
export const activeBetween = ({ active = [] }: Active, from: number, to: number): number =>
  active.reduce((sum, stretch) => {
    const start = Math.max(from, Date.parse(stretch.from))
    const end = Math.min(to, stretch.to === null ? to : Date.parse(stretch.to))
    return sum + Math.max(0, end - start) / 1000
  }, 0)

/** Whether a run was made by hand after the session's end. */
export const isOutside = ({ active = [] }: Active, { startedAt }: Pick<Run, 'startedAt'>): boolean =>
  active.every(({ from, to }) => startedAt < from || (to !== null && startedAt >= to))

/** Where the clock was set back, the time counts as 0. */
function secondsOf({ from, to }: { from: string; to: string | null }, until: string | Date): number {
  const end = to ?? until
  return Math.max(0, (end instanceof Date ? end.getTime() : Date.parse(end)) - Date.parse(from)) / 1000
}

/** Devices of a session by its records, which earlier versions did not write down: those that its slots can use. */
export function devicesByRecords({ contract, machine }: Pick<Session, 'contract' | 'machine'>): number {
  const where = contract as Partial<WhereRuns>
  const elsewhere = where.engine && engineDevices(where as WhereRuns)
  if (elsewhere != null) return elsewhere
  const { slots } = where
  const gpus = machine?.gpus ?? 0
  if (typeof slots !== 'number') return Math.max(1, gpus)
  return gpus > 0 ? Math.min(slots, gpus) : slots
}
