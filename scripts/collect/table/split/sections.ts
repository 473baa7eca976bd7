/** Sections under the same header have the same columns, by the contents of all of them. */
import { assignColumns, type ChosenColumns, type Column } from '../columns.ts'
import type { Line, Lines, Section } from './lines.ts'

/** A section with the lines of all sections that have the same header, whose contents say what its columns are. */
export interface Part extends Section {
  evidence: Line[]
}

/** The sections, apart from the lines that are taken out of them, with what they share. */
export function partsOf({ sections }: Lines, declaring: ReadonlySet<Line>): Part[] {
  const parts = sections.map(section => ({ ...section, lines: section.lines.filter(line => !declaring.has(line)) }))
  const keyOf = ({ header, delimiter }: Section) => (header ? [delimiter, ...header.cells].join('\t') : {})
  const same = [...Map.groupBy(parts, keyOf).values()]
  const evidence = new Map(
    same.flatMap(group => {
      const lines = group.flatMap(part => part.lines)
      return group.map(part => [part, lines] as const)
    }),
  )
  return parts.map(part => ({ ...part, evidence: evidence.get(part) ?? part.lines }))
}

/** The columns of each part; equal for those that share their header. */
export function assignAll(parts: Part[], chosen: ChosenColumns): Column[][] {
  const known = new Map<Line[], Column[]>()
  return parts.map(part => {
    const columns = known.get(part.evidence) ?? assignColumns(part, chosen, part.evidence)
    known.set(part.evidence, columns)
    return columns.map(column => ({ ...column }))
  })
}
