/** Which data a session measures: chosen and checked at its start, recorded in its contract, and given to every run. */
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Failure } from '../../lib/errors.ts'
import type { Repository } from '../../lib/git/git.ts'
import { redactRecord } from '../../lib/secrets/redact.ts'
import { sanitizeText } from '../../lib/text.ts'
import { type Contract, dataText } from '../../program/contract.ts'
import { dataOfRuns, folderIn, recordedData } from '../../program/data.ts'
import type { Overrides, Program } from '../../program/read.ts'
import type { Session } from '../../record/schema.ts'
import { dataVariable } from '../train/environment.ts'
import { isOwnTrainer, whyNotTrainerData } from './ownTrainer.ts'

/** Data where neither a flag nor program.md names any. */
export interface UsualData {
  /** As recorded: a relative folder is from the root of the repository. */
  data: string | null
  /** Who says so, for an error. */
  from: string
}

/**
 * What a session measured whose changes are taken over, so that they are measured on the same. A folder of another machine is
 * not here. What it was is not known of a session that recorded no name: then the shell says it, as it did there.
 */
export function dataOf({ id, contract, source }: Session): UsualData | undefined {
  const { data } = contract
  if (data === undefined) return undefined
  const isHere = typeof data === 'string' && (source === undefined || folderIn(data) === null)
  return { data: isHere ? data : null, from: `the data of ${sanitizeText(id, 80)}` }
}

/** For the user before the start, where runs get other data than those of the session whose changes are taken over. */
export function otherDataNote({ contract: there }: Session, here: Pick<Contract, 'data'>): string | null {
  const name = (data: unknown) => (typeof data === 'string' ? sanitizeText(data, 200) : null)
  const [theirs, ours] = [name(there.data), name(here.data)]
  if (there.data === undefined || there.data === (here.data ?? null)) return null
  const got = theirs === null ? 'no data by name' : `the data ${theirs}`
  return `its runs there got ${got}, and get ${ours ?? 'none by name'} here; --data names them`
}

/**
 * Chooses the data of a new session: the flag's, else program.md's, else the usual.
 * @param contract with paths from the root of the repository
 * @param usual undefined: NIGHTSHIFT_DATA of the shell
 * @returns as the session records it
 * @throws {Failure} for a name that is not allowed, and for a folder that does not exist
 */
export async function chooseData(
  program: Program,
  overrides: Overrides,
  contract: Contract,
  repository: Repository,
  usual?: UsualData,
): Promise<string | null> {
  const chosen = choose(program, overrides, repository, usual)
  if (chosen === null) return null
  const { data, from, typed } = chosen
  const { success, error } = dataText.safeParse(typed)
  if (!success) throw new Failure(`${from}: found ${JSON.stringify(typed)}.`, `It ${error.issues[0]?.message}.`)
  // Those of program.md were searched when it was read.
  if (redactRecord(typed) !== typed)
    throw new Failure(
      `${from} holds what looks like a key.`,
      'It is recorded: put the key in a variable of its own and name that in `env` of program.md.',
    )
  const why = isOwnTrainer(repository, contract) ? whyNotTrainerData(data) : null
  if (why !== null) throw new Failure(`${from}: found ${JSON.stringify(typed)}.`, why)
  await checkFolder(dataOfRuns(data, repository.root), from, 'Name a folder that exists, or make it first.')
  return data
}

function choose(
  { path, contract }: Program,
  overrides: Overrides,
  { root }: Repository,
  usual?: UsualData,
): { data: string; typed: string; from: string } | null {
  // Of the flag and the shell, a relative folder is relative to where they were typed.
  const here = process.cwd()
  if (contract.data != null) {
    const isFlag = overrides.data !== undefined
    const from = isFlag ? '--data' : `${path}: data`
    return { data: recordedData(contract.data, isFlag ? here : dirname(path), root), typed: contract.data, from }
  }
  if (usual !== undefined) return usual.data === null ? null : { data: usual.data, typed: usual.data, from: usual.from }
  const shell = process.env[dataVariable]
  return shell ? { data: recordedData(shell, here, root), typed: shell, from: dataVariable } : null
}

/**
 * Before runs of a session that was opened earlier.
 * @param contract as runs get it
 * @throws {Failure} when the folder of its data is not there
 */
export async function checkData({ data }: Pick<Contract, 'data'>): Promise<void> {
  if (data != null) await checkFolder(data, 'data', 'The session measures what is in it: put it back.')
}

async function checkFolder(data: string, from: string, advice: string): Promise<void> {
  const path = folderIn(data)
  if (path === null || (await stat(path).catch(() => null))?.isDirectory()) return
  throw new Failure(`${from}: ${path} is not a folder.`, advice)
}

/**
 * What runs measure, for the first lines of a session; null where nothing names data.
 * @param data as recorded; see `Contract` for undefined
 * @param root the repository's
 */
export function dataLine(data: unknown, root: string): string | null {
  const shell = process.env[dataVariable]
  const here = shell ? sanitizeText(shell, 200) : null
  if (data === undefined)
    return here === null ? null : `${here}, by ${dataVariable} of this shell: its records do not hold it`
  const recorded = typeof data === 'string' ? data : null
  const isSame =
    shell && recorded && dataOfRuns(recordedData(shell, process.cwd(), root), root) === dataOfRuns(recorded, root)
  const named = recorded === null ? null : sanitizeText(recorded, 200)
  if (here === null || isSame) return named
  return `${named ?? 'none is named'}; ${dataVariable}=${here} of this shell is not used`
}
