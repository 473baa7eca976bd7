/** Collects a source in this process, with flags of which most are left out. */
import { collect, type Request } from '../../scripts/collect/collect.ts'
import type { Collected } from '../../scripts/collect/write.ts'
import { silent } from '../../scripts/lib/terminal/terminal.ts'

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

/** @param root the folder of the sessions @returns the sessions of the source */
export const allInto = (root: string, source: string, request: Partial<Request> = {}): Promise<Collected[]> =>
  collect(source, { ...plain, ...request }, root, silent)

/** The first session of the source. @param root the folder of the sessions */
export const into = async (root: string, source: string, request: Partial<Request> = {}): Promise<Collected> =>
  (await allInto(root, source, request))[0] as Collected
