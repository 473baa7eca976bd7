/** Reads lists of GitHub's REST API to their end. */
import { z } from 'zod'
import type { GitHub, Variables } from '../../github/client.ts'

/** The most that GitHub gives at once. */
const PER_PAGE = 100
/** A pull request with more comments than this is not one of ours. */
const MAX_PAGES = 50

/** @param what, route, parameters as `GitHub.rest` takes them */
export async function readAll<T>(
  github: Pick<GitHub, 'rest'>,
  what: string,
  route: string,
  parameters: Variables,
  schema: z.ZodType<T>,
): Promise<T[]> {
  const all: T[] = []
  for (let page = 1; page <= MAX_PAGES; page++) {
    const more = await github.rest(what, route, { ...parameters, per_page: PER_PAGE, page }, z.array(schema))
    all.push(...more)
    if (more.length < PER_PAGE) break
  }
  return all
}
