/** Judges what the smoke jobs say of the machines of an engine. Pure but for `machineOf`, which keeps a label. */
import { join } from 'node:path'
import { Failure } from '../lib/errors.ts'
import { duration } from '../lib/format.ts'
import { workRoot } from '../lib/paths.ts'
import { named, plural } from '../lib/text.ts'
import { listedGpus } from '../lib/torch/nvidia.ts'
import type { EngineName } from '../program/engine.ts'
import { gpuWords, labelIn } from '../record/machine.ts'
import type { OwnMachine } from '../record/schema.ts'
import type { Facts } from './facts.ts'

/** What a smoke job found. */
export interface Smoke {
  facts: Facts
}

/** What a session needs of each machine. */
export interface Needs {
  /** The command of a run. */
  run: string
  /** GPUs of a slot on one machine; null: whatever is there. */
  gpus: number | null
  /** The folder of the session there. */
  root: string
}

/** Bytes that must be free: a tree, logs and compile caches. */
const LEAST_FREE = 2e9

/** Of clocks, milliseconds: less is usual. */
const MOST_APART = 60_000

/** Why a machine can execute no run, in its own words; null where nothing speaks against it. */
export function smokeFailure(facts: Facts, needs: Needs): Failure | null {
  return runnerFailure(facts) ?? folderFailure(facts, needs) ?? pythonFailure(facts, needs) ?? gpuFailure(facts, needs)
}

const pythonAdvice =
  'Name an interpreter there, or the folder of a virtual environment, by `engine.python` of program.md.'

function runnerFailure({ node, runnerPython }: Facts): Failure | null {
  const [major = 0, minor = 0] = runnerPython.split('.').map(Number)
  if (major > 3 || (major === 3 && minor >= 10)) return null
  return new Failure(
    `Python ${runnerPython} is what \`python3\` is on ${node}, and runs need 3.10 or newer to be executed there.`,
    pythonAdvice,
  )
}

function folderFailure({ node, rootError, isShared, freeBytes, missing }: Facts, { root }: Needs): Failure | null {
  if (rootError !== null)
    return new Failure(
      `The session cannot write to its folder on ${node}: ${rootError}.`,
      'Name another one by `engine.root` of program.md.',
    )
  if (isShared === false)
    return new Failure(
      `The node ${node} does not see this machine's folder ${root}.`,
      'Start the session where its nodes see its folders, or say `shared: false` in `engine` of program.md.',
    )
  if (freeBytes < LEAST_FREE)
    return new Failure(
      `On ${node} ${(freeBytes / 1e9).toFixed(1)} GB are free where runs are kept (${root}), and a session needs 2 GB.`,
      'Free some, or name another folder by `engine.root` of program.md.',
    )
  if (missing.length > 0)
    return new Failure(
      `On ${node} there is no ${named(missing)}, or it cannot be read.`,
      'The paths of `engine.links` are those of the node.',
    )
  return null
}

function pythonFailure({ node, python, pythonFolder }: Facts, { run }: Needs): Failure | null {
  if (!startsPython(run)) return null
  if (python === null)
    return new Failure(`The program python, which \`run\` starts, is not in the PATH of ${node}.`, pythonAdvice)
  if (!python.isNamed)
    return new Failure(
      `On ${node} a run would take ${python.path}: ${pythonFolder}, where \`engine.python\` leads, has no program python.`,
      `Let \`run\` start a program that is there, or name a virtual environment by \`engine.python\`.`,
    )
  if (python.version === null)
    return new Failure(`On ${node} ${python.path} does not work: ${python.why ?? 'it says nothing'}.`, pythonAdvice)
  return null
}

function gpuFailure(facts: Facts, { gpus }: Needs): Failure | null {
  const count = gpusOn(facts)
  if (gpus === null || count >= gpus) return null
  const why = facts.python?.torch == null ? '' : `; torch sees ${facts.python.devices}`
  return new Failure(
    `On ${facts.node} a process sees ${plural(count, 'GPU')}, and a slot has ${gpus}: nvidia-smi lists ${facts.gpus.length}${why}.`,
    'Lower `resources.gpus` in program.md, or ask the scheduler for more.',
  )
}

/** GPUs that a process sees there: as torch has them or, without torch, those of nvidia-smi that are not hidden. */
function gpusOn({ gpus, python, env }: Facts): number {
  const listed = listedGpus(env.CUDA_VISIBLE_DEVICES)?.length ?? gpus.length
  return Math.max(python?.devices ?? 0, Math.min(listed, gpus.length))
}

const startsPython = (run: string): boolean => /(^|[\s;&|(])python(?=\s|$)/.test(run)

/** What may matter, of machines that can execute runs; a sentence each, without its end. */
export function smokeNotes(smokes: Smoke[], needs: Pick<Needs, 'run'>): string[] {
  return [...new Set([...smokes.flatMap(smoke => [...torchNotes(smoke.facts, needs), ...clockNotes(smoke)])])].concat(
    kindNotes(smokes.map(({ facts }) => facts)),
  )
}

function torchNotes({ node, python, gpus }: Facts, { run }: Pick<Needs, 'run'>): string[] {
  if (python === null || !startsPython(run)) return []
  const why = python.why === null ? '' : ` (${python.why})`
  if (python.torch === null) return [`${python.path} on ${node} has no torch${why}; a target that needs it will crash`]
  return gpus.length > 0 && python.devices === 0
    ? [`torch ${python.torch} on ${node} sees no GPU, and nvidia-smi lists ${gpus.length}${why}`]
    : []
}

function clockNotes({ facts: { node, clockApart = 0 } }: Smoke): string[] {
  const apart = Math.abs(clockApart)
  if (apart <= MOST_APART) return []
  const side = clockApart < 0 ? 'behind' : 'ahead of'
  return [
    `the clock of ${node} is ${duration(apart / 1000)} ${side} this machine's; budgets and timeouts do not depend on it`,
  ]
}

function kindNotes(all: Facts[]): string[] {
  const kinds = byKind(all)
  if (kinds.size < 2) return []
  const texts = [...kinds].map(([kind, facts]) => `${kind}: ${named([...new Set(facts.map(({ node }) => node))])}`)
  return [`its machines differ (${texts.join('; ')}), and values from different hardware do not compare`]
}

/** By the name of the first GPU, else of the processor; the most frequent one first. */
function byKind(all: Facts[]): Map<string, Facts[]> {
  const kinds = Map.groupBy(all, ({ gpus, cpu }) => gpus[0]?.name ?? cpu)
  return new Map([...kinds].sort(([, a], [, b]) => b.length - a.length))
}

/**
 * The machine of a session whose runs execute elsewhere: of the kind that most of its places are on, with the GPUs that all
 * places have together. Its label is kept for each engine and kind of GPU.
 * @param places the facts of each place; at least one
 * @param gpus of a slot; null: whatever is there
 * @param keep whether to store a newly made label
 */
export async function machineOf(
  engine: EngineName,
  places: Facts[],
  gpus: number | null,
  keep = true,
): Promise<OwnMachine> {
  const [first] = [...byKind(places).values()][0] ?? []
  if (first === undefined) throw new Error('A machine is described by facts of at least one place.')
  const card = gpus === 0 ? undefined : first.gpus[0]
  return {
    label: await labelIn(join(workRoot, `machine-${engine}-${gpuWords(card?.name ?? null)}`), card?.name ?? null, keep),
    gpu: card?.name ?? null,
    gpus: Math.ceil(places.reduce((sum, facts) => sum + (gpus ?? gpusOn(facts)), 0)),
    driver: card?.driver ?? null,
    cpu: first.cpu,
    cores: first.cores,
    memoryMb: first.memoryMb,
    os: `${first.os} ${first.arch}`,
    python: first.python?.version ?? null,
    torch: first.python?.torch ?? null,
  }
}
