/** Which runs are the search and which check what it found, and the purposes in words. Pure. */
import type { Run } from './schema.ts'

/**
 * Runs of confirm, ablations and runs of the original baseline are not search: counting them would penalise sessions that
 * check their result.
 */
export const isSearch = ({ purpose }: Pick<Run, 'purpose'>): boolean =>
  purpose !== 'confirm' && purpose !== 'ablate' && purpose !== 'origin'

/** "origin" alone does not say of what. */
export const purposeText = (purpose: string): string => (purpose === 'origin' ? 'original baseline' : purpose)
