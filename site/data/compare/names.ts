/** Names and line styles of the compared sessions. Pure. */
import { machineKey, nameOf } from '../../../scripts/compare/names.ts'
import type { Side } from '../../../scripts/compare/schema.ts'

/** Name of each side, by id. */
export const namesOf = (sides: Side[]): Map<string, string> => new Map(sides.map(s => [s.id, nameOf(s, sides)]))

/** Index of the machine and of the session within it, by id: they select colour and dash. */
export function styleKeysOf(sides: Side[]): Map<string, [number, number]> {
  const machines = [...Map.groupBy(sides, machineKey).values()]
  return new Map(machines.flatMap((own, machine) => own.map((s, session) => [s.id, [machine, session]] as const)))
}
