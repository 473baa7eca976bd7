/**
 * The branches that `pnpm adopt` made of a session: adopted.json in its folder. Anyone may have written the file: what it
 * says is shown as text, and whether a branch is ours is for the repository to say, by the commit that it is at.
 */
import { z } from 'zod'
import { sanitizeText } from '../../lib/text.ts'
import { maxBytes } from '../limits.ts'
import { readSideRecord, type SideRecord, writeSideRecord } from './sideRecord.ts'

/** A line of text that others may have written, cut. */
const line = z
  .string()
  .max(4000)
  .transform(text => sanitizeText(text, 1000))
const sha = z.string().regex(/^[0-9a-f]{40,64}$/)
const experiment = z.number().int().nonnegative()
const interval = z.tuple([z.number(), z.number()])

const measuredSchema = z.object({
  /** In the metric's unit, positive is better: the branch against the session's start. */
  gain: z.number(),
  /** 95% interval of `gain`; it allows for every look. */
  interval,
  /** Means, in the metric's own sign. */
  baseline: z.number(),
  tip: z.number(),
  /** Runs of each side that gave a value, the smaller number. */
  seeds: z.number().int().positive(),
  /** Pairs of runs at each time that the two were compared, in order. */
  looks: z.array(z.number().positive()).max(1000),
  verdict: z.enum(['better', 'inconclusive', 'worse']),
})
export type AdoptMeasured = z.infer<typeof measuredSchema>

/** Why a kept change is left out that prune took out of the final. */
export const TAKEN_OUT = 'the session took it out as likely luck'

export const adoptionSchema = z.object({
  /** Name of the branch, without refs/heads/. */
  branch: line,
  /** The commit that the session started at, and the branch's last commit. */
  base: sha,
  tip: sha,
  /** Where the branch was before, if it was there; recorded before the branch is moved. */
  before: sha.nullable(),
  /** How the changes were chosen; `confirmed`: the final, which confirm found better than the baseline. */
  chosen: z.enum(['confirmed', 'likely', 'all', 'only']),
  /** Oldest first. With `squash` all have the same commit. */
  changes: z.array(z.object({ experiment, commit: sha })).max(10_000),
  /** The session's other kept changes, each with the reason. */
  leftOut: z.array(z.object({ experiment, why: line })).max(10_000),
  squash: z.boolean(),
  /** Whether the files of the tip are those that confirm ran. */
  isConfirmedCode: z.boolean(),
  /** SHA-256 of what the branch was made from: the changes and their messages. The same gives no new commits. */
  plan: z.string().regex(/^[0-9a-f]{64}$/),
  /**
   * The gain to expect. `confirmed`: what confirm measured of the same code. `sum`: the changes' gains in the session added
   * up, which were selected among many; `interval` is then null. null where it is not known.
   */
  promised: z.object({ by: z.enum(['confirmed', 'sum']), gain: z.number(), interval: interval.nullable() }).nullable(),
  /** null: the branch was not run, or gave no value. */
  measured: measuredSchema.nullable(),
  /** Why there is no `measured`, or it may not be complete; null otherwise. */
  notMeasured: line.nullable(),
  /**
   * Whether `measured` falls short of `promised` by more than chance; null where that cannot be told. `suspects`: adopted
   * changes that were measured on heads with changes that are left out, the most suspect first.
   */
  shortfall: z
    .object({
      isBeyondChance: z.boolean().nullable(),
      suspects: z.array(z.object({ experiment, without: z.array(experiment) })).max(10_000),
    })
    .nullable(),
  at: z.iso.datetime(),
})
export type Adoption = z.infer<typeof adoptionSchema>

const MAX_ADOPTIONS = 100

const storedSchema = z.object({ schema: z.literal(1), adoptions: z.array(adoptionSchema).max(MAX_ADOPTIONS) })

const record: SideRecord<z.infer<typeof storedSchema>> = {
  name: 'adopted.json',
  schema: storedSchema,
  limit: maxBytes.adopted,
  without:
    'Which branches were made of the session is not known without it; adopting again needs another name for the branch.',
}

/** The adoptions of a session, one for each branch, the latest last; none, with a warning, where the file cannot be read. */
export const readAdopted = async (session: string): Promise<Adoption[]> =>
  (await readSideRecord(session, record))?.adoptions ?? []

/** Records an adoption in place of the same branch's earlier record. */
export async function recordAdoption(session: string, adoption: Adoption): Promise<void> {
  const others = (await readAdopted(session)).filter(({ branch }) => branch !== adoption.branch)
  await writeSideRecord(session, record, { schema: 1, adoptions: [...others, adoption].slice(-MAX_ADOPTIONS) })
}
