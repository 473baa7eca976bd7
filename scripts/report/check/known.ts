/** What a report's prose may refer to, taken from the digest only. */
import type { Digest } from '../../analysis/schema.ts'
import type { Fact } from '../facts/fact.ts'
import { facts } from '../facts/facts.ts'

export interface Known {
  facts: Map<string, Fact>
  experiments: Set<number>
  knobs: Set<string>
  figures: Set<string>
  tables: Set<string>
  /** Names with digits that a sentence may contain, e.g. "H100", "GPT-2", "x0_lambda"; the longest first. */
  names: string[]
}

/** @param figures names of figures @param tables names of tables that the renderer has */
export function knownOf(digest: Digest, figures: Iterable<string>, tables: Iterable<string>): Known {
  return {
    facts: facts(digest),
    experiments: new Set(digest.trials.map(trial => trial.experiment)),
    knobs: new Set([
      ...digest.knobs.flatMap(({ id, name }) => [id, name]),
      ...digest.constants.map(({ name }) => name),
    ]),
    figures: new Set(figures),
    tables: new Set(tables),
    names: namesIn(textsOf(digest)),
  }
}

/** A word that begins with a letter and contains a digit is a name: "GPT-2", not "10K". */
const name = /(?<![\w.-])\p{L}[\w./-]*\d[\w/-]*/gu

export function namesIn(texts: string[]): string[] {
  const found = new Set(texts.flatMap(text => text.match(name) ?? []))
  return [...found].sort((a, b) => b.length - a.length || (a < b ? -1 : 1))
}

const textsOf = (digest: Digest): string[] => [
  digest.session,
  digest.metric.name,
  digest.metric.holdout ?? '',
  digest.machine,
  ...digest.kept.map(kept => kept.description),
  ...digest.deadEnds.map(dead => dead.description),
  ...digest.constants.map(constant => constant.name),
  ...digest.knobs.flatMap(({ id, name }) => [id, name]),
]
