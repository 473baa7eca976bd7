/** What a session saw at its last look outside its own folders. */
import type { Repository } from '../../lib/git/git.ts'
import { type Serial, serial } from '../../lib/serial.ts'
import type { Contract } from '../../program/contract.ts'
import type { Checkout } from './checkout.ts'
import type { Environment } from './python.ts'
import type { SettingsFiles } from './settingsFiles.ts'

export interface TraceWatch {
  repository: Repository
  /** `.nightshift/<id>`. */
  work: string
  contract: Pick<Contract, 'link' | 'target'>
  /** Experiments with a run under way, once for each run. */
  running: number[]
  /** null before the first look. */
  last: Look | null
  queue: Serial
}

/** What is looked at before and after each run. */
export interface Quick {
  settings: SettingsFiles
  refs: Map<string, string>
  /** By folder. */
  environments: Map<string, Environment>
}

export interface Look extends Quick {
  outside: string[]
  /** Files that are many, and when they were looked at. */
  slow: { paths: string[]; checkout: Checkout; at: number; since: number[]; seconds: number }
}

export const openTraces = (repository: Repository, work: string, contract: TraceWatch['contract']): TraceWatch => ({
  repository,
  work,
  contract,
  running: [],
  last: null,
  queue: serial(),
})
