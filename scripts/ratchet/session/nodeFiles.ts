/** What the machines of an engine are given of a session, and what a session says of them. */
import { join } from 'node:path'
import type { Opening } from '../../engines/open.ts'
import { baseTar, evaluationTar } from '../../engines/remote/files.ts'
import { Failure } from '../../lib/errors.ts'
import type { Repository } from '../../lib/git/git.ts'
import type { Contract } from '../../program/contract.ts'
import type { EngineRecord } from '../../record/engine.ts'

/** Whether the nodes see the harness's own folders. */
export const isShared = ({ engine }: Pick<Contract, 'engine'>): boolean => engine.use === 'slurm' && engine.shared

/** Links to make in a run's tree, with their targets on the node: where `engine.links` names none, the user's own path. */
export function nodeLinks(
  { engine, link }: Pick<Contract, 'engine' | 'link'>,
  { root }: Pick<Repository, 'root'>,
): Record<string, string> {
  const own = Object.fromEntries(link.map(path => [path, join(root, path)]))
  return { ...own, ...(engine.use === 'local' ? {} : engine.links) }
}

/** @throws {Failure} for a link whose target no node has */
export function checkLinks(path: string, contract: Pick<Contract, 'engine' | 'link'>): void {
  const { engine, link } = contract
  if (engine.use === 'local' || isShared(contract)) return
  const missing = link.find(linked => !(linked in engine.links))
  if (missing !== undefined)
    throw new Failure(
      `${path}: link: ${missing} is on this machine, and runs execute on others.`,
      `Say where it lies there: \`links: { ${missing}: /PATH }\` in engine.`,
    )
}

/** The tar streams that a machine gets before its first run. */
export function filesFor(
  contract: Pick<Contract, 'engine' | 'link' | 'edit' | 'evaluate'>,
  repository: Repository,
  commit: string,
  work: string,
): Opening['files'] {
  const { git } = repository
  let made = 0
  const source = () => ({ git, commit, scratch: join(work, `send-${made++}`) })
  const links = nodeLinks(contract, repository)
  return {
    base: () => baseTar(source()),
    evaluation: contract.evaluate === null ? null : () => evaluationTar(source(), { edit: contract.edit, links }),
  }
}

/** As the session's record has it. */
export function engineRecord(
  contract: Pick<Contract, 'engine' | 'resources'>,
  description: string,
  places: number,
): EngineRecord {
  const { engine, resources } = contract
  const named = Object.entries(resources ?? {}).filter(([, value]) => value !== null)
  return {
    use: engine.use,
    description,
    resources: resources === null ? null : Object.fromEntries(named),
    shared: isShared(contract),
    places,
  }
}
