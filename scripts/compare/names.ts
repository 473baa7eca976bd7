/** Names of sides, machines and labels. Pure. */
import { list } from '../analysis/numbers.ts'
import type { Cell, Row, Side } from './schema.ts'

export { countWord, list } from '../analysis/numbers.ts'

/** The shortest unique name: the machine's label, else the tag, else both, else the id. */
export function nameOf(side: Side, sides: Side[]): string {
  const isOwn = (of: (s: Side) => string) => of(side) !== '' && sides.filter(s => of(s) === of(side)).length === 1
  // A collected session's machine may be unknown.
  const labelOf = ({ machine }: Side) => (machine.label === 'unknown' ? '' : machine.label)
  const ways = [labelOf, (s: Side) => s.tag, (s: Side) => `${s.machine.label} ${s.tag}`]
  return ways.find(isOwn)?.(side) ?? side.id
}

/** Equal for sides of one machine. A collected session's machine may be unknown: then it is one of its own. */
export const machineKey = ({ id, machine: { label } }: Pick<Side, 'id' | 'machine'>): string =>
  label === 'unknown' ? `\0${id}` : label

/** "replicated, better" */
export const labelText = ({ label, way }: Pick<Row, 'label' | 'way'>): string =>
  way === null ? label : `${label}, ${way}`

/** Why a cell has no value: its status, or what its replication found. */
export function missingText({ tries }: Pick<Cell, 'tries'>): string {
  const last = tries.at(-1)
  return last?.outcome ?? last?.status ?? ''
}

/** What replications found, a text each. Beside their original the rows have each change. */
export const replicationTexts = (sides: Side[]): string[] =>
  sides.flatMap(({ replication }) => {
    if (replication === null) return []
    const { of, text, each } = replication
    return [each === '' || sides.some(({ id }) => id === of) ? text : `${text} ${each}`]
  })

/** Which runs a session's change is computed from; knob and experiment pages give that of the verdict. */
export const changeBasis =
  'A change is computed from runs that its verdict did not use, where there are some, such as confirm’s; else from those of the verdict. Knob and experiment pages give the change at the verdict.'

/** Says which sides' noise is assumed; empty without. @param all for unique names */
export function assumedNoiseText(sides: Side[], all = sides): string {
  const assumed = sides.filter(({ sigma }) => sigma?.assumed).map(side => nameOf(side, all))
  return assumed.length === 0 ? '' : `The noise of ${list(assumed)} is assumed, not measured.`
}

/** Equal for sides with the same metric and goal. */
export const metricKey = ({ name, goal }: Side['metric']): string => `${name}\0${goal}`
