/** Paths of the pages and of the files beside them. Runs in the browser too. */
import { experimentName } from '../../scripts/lib/format.ts'

/** Links, relative to the notebook's root. */
export const hrefs = {
  session: (id: string): string => `sessions/${encodeURIComponent(id)}.html`,
  experiment: (id: string, n: number): string => `sessions/${encodeURIComponent(id)}/${experimentName(n)}.html`,
  data: (id: string, file: string): string => `sessions/${encodeURIComponent(id)}/${file}`,
}
