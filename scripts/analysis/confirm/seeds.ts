/**
 * How baseline and head were run again, and what these runs cover. Confirm gives every run another NIGHTSHIFT_SEED, which is
 * another seed only where the target reads it; the words for it come from here alone. Pure.
 */
import { z } from 'zod'
import { plural, sanitizeText } from '../../lib/text.ts'
import { type Metric, type Noise, type SeedUse, type Session, seedUseSchema } from '../../record/schema.ts'
import type { Source } from '../source/tree.ts'

export const seedsSchema = seedUseSchema.extend({
  /** Whether all repeats of a fine metric agree to the last digit, on every seed. */
  identical: z.boolean(),
})
export type Seeds = z.infer<typeof seedsSchema>

/**
 * As recorded at the start. Of a session of an earlier version only the editable files are known: they may show that the
 * seed is read, not that it is not.
 */
export function seedsOf(
  { seedUse, contract }: Pick<Session, 'seedUse' | 'contract'>,
  source: Source,
  noise: Noise | null,
): Seeds {
  const naming = [...source].filter(([, text]) => text.includes('NIGHTSHIFT_SEED')).map(([path]) => path)
  const isRead = naming.length > 0 || String(contract.run ?? '').includes('NIGHTSHIFT_SEED')
  const found: SeedUse = seedUse ?? { use: isRead ? 'read' : 'unknown', files: naming.slice(0, 3) }
  // A collected session's paths are another notebook's words.
  const files = found.files.map(file => sanitizeText(file, 80))
  return { ...found, files, identical: noise?.sigma === 0 }
}

type Use = Pick<SeedUse, 'use'>

/** "2 seeds", "2 re-runs, same seed", "2 re-runs". @param seed the noun for a seed, e.g. "new seed" */
export const rerunCount = ({ use }: Use, n: number): string =>
  use === 'read' ? plural(n, 'seed') : `${plural(n, 're-run')}${sameSeed(use)}`

/** "2 seeds each", "2 re-runs each, same seed", "2 re-runs each". @param counted a count in words, e.g. "two seeds" */
export const rerunsEach = ({ use }: Use, n: number, counted: (n: number, noun: string) => string = plural): string =>
  use === 'read' ? `${counted(n, 'seed')} each` : `${counted(n, 're-run')} each${sameSeed(use)}`

const sameSeed = (use: SeedUse['use']): string => (use === 'fixed' ? ', same seed' : '')

/**
 * After "confirmed": "on 2 new seeds", "in 2 re-runs with the same seed", "in 2 re-runs".
 * @param isUneven whether one side has more runs than `n`: "on at least 1 new seed"
 */
export const rerunsText = ({ use }: Use, n: number, isUneven = false): string => {
  const least = isUneven ? 'at least ' : ''
  return use === 'read'
    ? `on ${least}${plural(n, 'new seed')}`
    : `in ${least}${plural(n, 're-run')}${use === 'fixed' ? ' with the same seed' : ''}`
}

/** After "confirmed": "on new seeds", "in re-runs with the same seed", "in re-runs". */
export const rerunPlace = ({ use }: Use): string =>
  use === 'read' ? 'on new seeds' : use === 'fixed' ? 'in re-runs with the same seed' : 'in re-runs'

/** How σ was seen: "from seed to seed", "from run to run with the same seed", "from run to run". */
export const noisePlace = ({ use }: Use): string =>
  use === 'read' ? 'from seed to seed' : `from run to run${use === 'fixed' ? ' with the same seed' : ''}`

/** One run on the terminal: "seed 1001"; "run 4" where the seed is not read, or may not be. */
export const runName = (seeds: Use | null, seed: number, k: number): string =>
  seeds?.use === 'read' ? `seed ${seed}` : `run ${k}`

/** What re-runs cover, where that is less than the choice of the seed; empty where they cover it. */
export function coverageSentence({ use, files, identical }: Seeds): string {
  const where = files.length === 0 ? '' : ` (${files.join(', ')})`
  if (identical)
    return use === 'read'
      ? 'The runs gave identical values on every seed, so a re-run shows no more than one run.'
      : 'The runs gave identical values, so a re-run shows no more than one run.'
  switch (use) {
    case 'read':
      return ''
    case 'fixed':
      return `The target sets its seed itself${where} and does not read NIGHTSHIFT_SEED: these runs cover differences between runs of the same seed, such as GPU nondeterminism, not the choice of the seed.`
    case 'none':
      return "The target's files neither read NIGHTSHIFT_SEED nor set a seed: these runs cover whatever differs between its runs."
    case 'unknown':
      return 'Whether the target reads NIGHTSHIFT_SEED is not known: if it does not, these runs do not cover the choice of the seed.'
  }
}

/** What a person can do before a session whose target does not read the seed; empty where it does, or may. */
export function seedAdvice({ use, files }: SeedUse): string[] {
  if (use === 'read' || use === 'unknown') return []
  const found =
    use === 'fixed'
      ? `the target sets its seed itself${files.length > 0 ? ` (${files.join(', ')})` : ''} and does not read NIGHTSHIFT_SEED: confirm re-runs the same seed`
      : 'no file of the target reads NIGHTSHIFT_SEED, so the runs of confirm have no new seeds'
  const example = files.some(file => file.endsWith('.py'))
    ? ', e.g. torch.manual_seed(int(os.environ.get("NIGHTSHIFT_SEED", "42")))'
    : ''
  return [found, `to confirm on new seeds, set the seed from NIGHTSHIFT_SEED in the run${example}`]
}

/** A short note for a headline: "no holdout", "holdout not measured"; empty where the holdout was measured. */
export const holdoutNote = (metric: Pick<Metric, 'holdout'>, holdout: object | null): string =>
  holdout !== null ? '' : metric.holdout === null ? 'no holdout' : 'holdout not measured'
