/** The versions of program.md's prose with the results of each. */
import { relativeText } from '../../analysis/relative.ts'
import type { ProseUse, ProseVersion, Side } from '../schema.ts'

/** In order of first use. */
export function prose(sides: Side[], texts: Record<string, string>): ProseVersion[] {
  const ordered = [...sides].sort((a, b) => (a.startedAt ?? '').localeCompare(b.startedAt ?? ''))
  const found = new Map<string, { side: Side; use: ProseUse }[]>()
  for (const side of ordered)
    for (const use of side.prose) found.set(use.hash, [...(found.get(use.hash) ?? []), { side, use }])
  return [...found].map(([hash, uses]) => versionOf(hash, uses, textOf(texts, hash)))
}

/** The gain of each session's keeps under a version: "1.2% lower". */
export const gainTexts = ({ sides: ids, gains }: ProseVersion, sides: Side[]): string[] =>
  ids.flatMap((id, at) => {
    const goal = sides.find(side => side.id === id)?.metric.goal
    return goal === undefined ? [] : [relativeText(gains[at] ?? 0, goal)]
  })

/** A collected record's hash may be any string, "constructor" included. */
const textOf = (texts: Record<string, string>, hash: string): string | null =>
  Object.hasOwn(texts, hash) ? (texts[hash] ?? null) : null

function versionOf(hash: string, uses: { side: Side; use: ProseUse }[], text: string | null): ProseVersion {
  const summed = (of: (use: ProseUse) => number) => uses.reduce((sum, { use }) => sum + of(use), 0)
  const areTimesKnown = uses.every(({ use }) => use.deviceHours !== null)
  return {
    hash,
    text,
    sides: uses.map(({ side }) => side.id),
    experiments: summed(use => use.experiments),
    kept: summed(use => use.kept),
    deviceHours: areTimesKnown ? summed(use => use.deviceHours ?? 0) : null,
    gains: uses.map(({ use }) => use.gain),
  }
}
