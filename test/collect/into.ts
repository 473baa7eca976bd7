/** Collects a source in this process, with flags of which most are left out. */
import { collect, type Request } from '../../scripts/collect/collect.ts'
import type { Collected } from '../../scripts/collect/write.ts'
import { silent } from '../../scripts/lib/terminal.ts'

const plain: Request = {
  metric: null,
  goal: null,
  columns: {},
  statuses: new Map(),
  branch: null,
  table: null,
  tag: null,
  machine: null,
  id: null,
  budget: null,
  dry: false,
}

/** The first session of the source. @param root the folder of the sessions */
export const into = async (root: string, source: string, request: Partial<Request> = {}): Promise<Collected> =>
  (await collect(source, { ...plain, ...request }, root, silent))[0] as Collected
