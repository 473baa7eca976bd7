/** How the harness reaches the root of a slot: its own folder, or that of the node by steps of the job. */
import { constants, existsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../../lib/errors.ts'
import { readRegularFile } from '../../lib/files/read.ts'
import { sanitizeText } from '../../lib/text.ts'
import type { SlurmSpec } from '../../program/engine.ts'
import { type Facts, factsSchema } from '../facts.ts'
import type { Opening } from '../opening.ts'
import { type Channel, callProcess, localChannel, localCommand } from '../remote/channel.ts'
import { nodeFolder, nodeTar } from '../remote/files.ts'
import { listeningChannel } from '../remote/listener.ts'
import { put } from '../remote/verbs.ts'
import { factsName } from './batch.ts'
import { atHome, givenPath, pathWords, stepChannel, stepCommand } from './channel.ts'
import type { SlurmJob } from './jobs.ts'

/** Bytes of what a node says of itself. */
const maxFacts = 2 ** 24

export interface Reach {
  /** The root as jobs have it; `~/` where the home is that of the node. */
  root: string
  /** Whether `files` needs no job. */
  isShared: boolean
  /** Calls verbs on files: on this machine, where those are shared; else on the node of the job. */
  files(job: SlurmJob | null, root: string): Channel
  /** Whether a run is over since this was last asked, as far as that costs next to nothing to know. */
  isChanged(): Promise<boolean>
  /** Calls verbs on the node of a job that runs. */
  node(job: SlurmJob, root: string): Channel
  /**
   * What a job has said of its node; null: nothing yet.
   * @throws {Failure} in the node's words, when it cannot say it
   */
  facts(job: SlurmJob, slot: number): Promise<Facts | null>
  /** Gives a node what runs need, where files are not shared. @param then called when it did not have that */
  supply(job: SlurmJob, root: string, then: () => Promise<void>): Promise<void>
}

/** Files are those of the harness's machine. The root is made here. */
export async function sharedReach(spec: SlurmSpec, opening: Opening): Promise<Reach> {
  const root = spec.root === null ? join(opening.work, 'nodes') : join(atHome(spec.root), opening.id)
  const python = interpreter(spec.python)
  const channel = listeningChannel(localChannel(python, nodeFolder), localCommand(python, nodeFolder, ['listen']))
  if (opening.purpose === 'run') {
    await put(channel, root, 'node', await nodeTar())
    await putFiles(channel, root, opening)
  }
  let changedAt = 0
  return {
    root,
    isShared: true,
    files: () => channel,
    async isChanged() {
      const at = await timeOfChange(join(root, 'changed'))
      const isNew = at !== changedAt
      changedAt = at
      return isNew
    },
    node: job => stepChannel(job.id, job.node ?? '', spec.python, root),
    async facts(job, slot) {
      const at = join(root, `slot-${slot}`, factsName(job.id, job.restarts))
      // A run without a sandbox may have put anything there.
      const wrong = await readRegularFile(`${at}.error`, maxFacts)
      if (wrong !== null) throw noFacts(job, wrong)
      const text = await readRegularFile(`${at}.json`, maxFacts)
      return text === null ? null : parseFacts(job, text)
    },
    supply: async () => {},
  }
}

/** Files are on the disks of the nodes. */
export function separateReach(spec: SlurmSpec, opening: Opening): Reach {
  const root = join(spec.root ?? '~/.cache/nightshift/nodes', opening.id)
  const underWay = new Map<string, Promise<void>>()
  const channel = (job: SlurmJob, at: string) => stepChannel(job.id, job.node ?? '', spec.python, at)
  /** @param shell in which $1 and so on are the words */
  const said = async (job: SlurmJob, shell: string, ...words: string[]) =>
    (await callProcess(job.node ?? '', stepCommand(job.id, ['/bin/sh', '-c', shell, 'sh', ...words]), 'sh')).toString(
      'utf8',
    )
  const supply = async (job: SlurmJob, at: string, then: () => Promise<void>) => {
    // The disk of a node may be a new one.
    const isThere = await said(job, 'if [ -d "$1/base" ]; then echo yes; fi', at)
    if (isThere !== '') return
    await putFiles(channel(job, at), at, opening)
    await then()
  }
  return {
    root,
    isShared: false,
    isChanged: async () => false,
    files(job, at) {
      if (job !== null) return channel(job, at)
      throw new Failure(
        'The files of a run cannot be reached: the job on their node has ended.',
        'The run is made again.',
      )
    },
    node: channel,
    async facts(job, slot) {
      const show = `${givenPath} if [ -e "$p/$1.error" ]; then echo error; exec cat "$p/$1.error"; elif [ -e "$p/$1.json" ]; then exec cat "$p/$1.json"; fi`
      const text = await said(job, show, ...pathWords(root), `slot-${slot}/${factsName(job.id, job.restarts)}`)
      if (text.startsWith('error\n')) throw noFacts(job, text.slice(6))
      return text === '' ? null : parseFacts(job, text)
    },
    // Slots of one node share its files.
    supply(job, at, then) {
      const node = job.node ?? ''
      const first = underWay.get(node) ?? supply(job, at, then).finally(() => underWay.delete(node))
      underWay.set(node, first)
      return first
    },
  }
}

/** Of a file, which is opened: a network file system asks its server then. 0: it cannot be read. */
async function timeOfChange(path: string): Promise<number> {
  // A run without a sandbox may have put a pipe there.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW).catch(() => null)
  const stats = await file?.stat().catch(() => null)
  await file?.close().catch(() => {})
  return stats?.mtimeMs ?? 0
}

async function putFiles(channel: Channel, root: string, { files }: Opening): Promise<void> {
  await put(channel, root, 'base', files.base())
  if (files.evaluation !== null) await put(channel, root, 'evaluation', files.evaluation())
}

/** On this machine, which may lack what is on the nodes. A folder is that of a virtual environment. */
function interpreter(python: string | null): string {
  if (python === null) return 'python3'
  const path = atHome(python)
  return [join(path, 'bin/python3'), path].find(file => existsSync(file)) ?? 'python3'
}

function parseFacts(job: SlurmJob, text: string): Facts {
  try {
    return factsSchema.parse(JSON.parse(text))
  } catch (cause) {
    throw new Failure(
      `What ${job.node} says of itself is not what is asked for: ${sanitizeText(text, 120)}.`,
      'Another program may have written into the folder of the session: start a new one.',
      { cause },
    )
  }
}

const noFacts = (job: SlurmJob, words: string): Failure =>
  new Failure(
    `Nothing can run on ${job.node}: ${sanitizeText(words.replace(/^error: /, ''), 300).replace(/\.$/, '')}.`,
    'docs/engines.md says what a node needs.',
  )
