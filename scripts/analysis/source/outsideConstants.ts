/** The kept changes that a list of constants does not show. Pure. */
import { z } from 'zod'
import type { Experiment } from '../../record/schema.ts'
import { setting } from './configuration.ts'
import { blocksOf } from './edits.ts'
import { uncomment } from './literals.ts'
import type { Source } from './tree.ts'

export const outsideSchema = z.object({
  experiment: z.number().int().nonnegative(),
  description: z.string(),
  /** `code`: its diff changes lines that set no top-level constant. `no diff`: what it changes is not recorded. */
  why: z.enum(['code', 'no diff']),
})
export type Outside = z.infer<typeof outsideSchema>

/**
 * In the order of the verdicts; empty where the constants are all that differs.
 *
 * @param numbers of the changes in the final
 * @param patches their own, by number
 * @param files of baseline and final; null where unknown
 */
export function outsideConstants(
  numbers: number[],
  experiments: Experiment[],
  patches: Map<number, string>,
  files: { baseline: Source; final: Source } | null,
): Outside[] {
  const patched = numbers.map(number => patches.get(number) ?? '')
  const areKnown = patched.every(
    patch => patch !== '' && blocksOf(patch).every(({ file }) => files?.baseline.has(file)),
  )
  // One change may take back the code of another.
  if (files && areKnown && codeOf(files.baseline) === codeOf(files.final)) return []
  const described = new Map(experiments.map(e => [e.number, e.description]))
  return numbers.flatMap((experiment, i) => {
    const patch = patched[i] ?? ''
    if (patch !== '' && !changesCode(patch)) return []
    const description = described.get(experiment) ?? ''
    return [{ experiment, description, why: patch === '' ? ('no diff' as const) : ('code' as const) }]
  })
}

const changesCode = (patch: string): boolean =>
  blocksOf(patch).some(({ file, removed, added }) => [...removed, ...added].some(line => isCode(line, file)))

/** Whether a line does more than set a constant. */
const isCode = (line: string, file: string): boolean => setting(line) === null && uncomment(line, file).trim() !== ''

/** All lines but constants and comments. */
const codeOf = (source: Source): string =>
  [...source]
    .map(([file, text]) => [file, ...text.split('\n').filter(line => isCode(line, file))].join('\n'))
    .join('\n')
