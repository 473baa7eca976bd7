/** Checks, before a session, that torch can use the machine's NVIDIA cards. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { execa } from 'execa'
import { z } from 'zod'
import { Failure } from '../errors.ts'
import { makeFolders, writeAtomic } from '../files/disk.ts'
import { jsonOrNull, readTextIfThere } from '../files/read.ts'
import { workRoot } from '../paths.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { sanitizeText } from '../text.ts'
import { chooseBuild, indexOf, trainOnCpu } from './build.ts'
import { lastLine, type PythonFacts, torchName } from './facts.ts'
import { listedGpus, type Machine, machineOf, type NvidiaCard } from './nvidia.ts'

export interface Interpreter {
  path: string
  /** "trainer/.venv", or "TRAINER_PYTHON=" and the path. */
  name: string
}

/** Good results: a hash a line of what they hold for, the newest last. */
const remembered = join(workRoot, 'torch-cards')
const MOST_REMEMBERED = 50

/** Loading torch from a network disk and starting several cards can each take a minute. */
const TIMEOUT_MS = 300_000

const triedSchema = z.object({
  /** Why torch sees no card; null when it sees one. */
  error: z.string().nullable(),
  /** E.g. "sm_90". */
  kernels: z.array(z.string()),
  cards: z.array(
    z.object({ name: z.string().transform(name => sanitizeText(name, 80)), error: z.string().nullable() }),
  ),
})

export type Tried = z.infer<typeof triedSchema>

/**
 * Lets torch add two numbers on each card that CUDA_VISIBLE_DEVICES does not hide. A good result is remembered: it holds
 * for the same interpreter, torch, cards, driver and CUDA_VISIBLE_DEVICES.
 * @param again asks torch also when a result is remembered, e.g. after an installation
 * @returns the names of the cards that torch can use; null when that was known
 * @throws {Failure} torch sees no card, or cannot use one of them
 */
export async function checkCards(
  python: Interpreter,
  facts: PythonFacts,
  cards: readonly NvidiaCard[],
  terminal: Terminal,
  again: boolean,
): Promise<string[] | null> {
  const key = createHash('sha256')
    .update(JSON.stringify([python.path, facts, cards, process.env.CUDA_VISIBLE_DEVICES ?? null]))
    .digest('hex')
  const known = ((await readTextIfThere(remembered)) ?? '').split('\n').filter(line => line !== '')
  if (!again && known.includes(key)) return null
  terminal.live(`${'set up'.padEnd(9)} trying ${torchName(facts)} on the card`)
  const tried = await tryCards(python.path)
  if (whyUnusable(tried) !== null)
    throw refusal(python, facts, await machineOf(cards), tried, listedGpus(process.env.CUDA_VISIBLE_DEVICES))
  await makeFolders(workRoot)
  const kept = [...known.filter(line => line !== key), key].slice(-MOST_REMEMBERED)
  await writeAtomic(remembered, `${kept.join('\n')}\n`)
  return tried.cards.map(({ name }) => name)
}

/** In a process of its own: torch may end it, or wait without end for a driver. */
async function tryCards(python: string): Promise<Tried> {
  const result = await execa(python, [join(import.meta.dirname, 'tryCards.py')], { reject: false, timeout: TIMEOUT_MS })
  const tried = triedSchema.safeParse(jsonOrNull(lastLine(result.stdout ?? '')))
  if (!result.failed && tried.success) return tried.data
  const error = result.timedOut
    ? `it gave no answer within ${TIMEOUT_MS / 60_000} minutes`
    : result.signal
      ? `the check ended with ${result.signal}`
      : lastLine(result.stderr ?? '') || result.shortMessage || 'the check printed something else'
  return { error, kernels: [], cards: [] }
}

/** The first error, of torch or of a card; null when torch can use every card it sees. */
const whyUnusable = ({ error, cards }: Tried): string | null =>
  error ?? cards.find(card => card.error !== null)?.error ?? (cards.length === 0 ? 'it finds no card' : null)

/**
 * The error that names torch's build, the cards, torch's own reason and what to do. Pure.
 * @param listed GPUs that CUDA_VISIBLE_DEVICES lists
 */
export function refusal(
  python: Interpreter,
  facts: PythonFacts,
  machine: Machine,
  tried: Tried,
  listed: readonly string[] | null,
): Failure {
  const why = whyUnusable(tried) ?? ''
  const at = tried.error === null ? tried.cards.findIndex(card => card.error !== null) : -1
  const broken = tried.cards[at]
  const cannot = broken ? `cannot use card ${at}, ${broken.name}` : 'does not see the card'
  const kernels =
    /no kernel image/.test(why) && tried.kernels.length > 0 ? ` (it has kernels for ${tried.kernels.join(', ')})` : ''
  const others = tried.cards.flatMap(({ error }, i) => (error === null ? (listed?.[i] ?? String(i)) : []))
  const reported = [...new Set(machine.cards.map(({ name }) => name))].join(', ')
  const driver = machine.cards[0]?.driver
  return new Failure(
    `${torchName(facts)} in ${python.name} ${cannot}: ${sentence(why)}${kernels}. nvidia-smi reports ${reported}${driver ? `, driver ${driver}` : ''}.`,
    `${remedy(python, facts, machine, why)} ${others.length > 0 ? `CUDA_VISIBLE_DEVICES=${others.join(',')} leaves it out. ` : ''}${trainOnCpu}`,
  )
}

/** torch's reason without its advice, which is on other builds than ours, and without places in its source. */
function sentence(why: string): string {
  const text = (why.split('\n').find(line => line.trim() !== '') ?? '')
    .replace(/ Please (update|check) .*/, '')
    .replace(/ \(Triggered internally at .*/, '')
  return sanitizeText(text, 300).replace(/\.$/, '')
}

function remedy(python: Interpreter, facts: PythonFacts, machine: Machine, why: string): string {
  if (/out of memory|busy or unavailable/i.test(why))
    return 'End what uses the card, or name another card in CUDA_VISIBLE_DEVICES.'
  const wanted = chooseBuild(facts.torch, machine)
  if (wanted instanceof Failure) return `${wanted.message} ${wanted.advice.replace(trainOnCpu, '').trim()}`
  const own = python.name === 'trainer/.venv'
  const unfit = facts.cuda === null || /too old|no kernel image/.test(why)
  if (wanted && (facts.cuda === null || major(facts.cuda) !== major(wanted.cuda)))
    return own
      ? `Remove trainer/.venv and run it again: the build for this driver and card is installed then.`
      : `Install torch for CUDA ${wanted.cuda} there, from ${indexOf(wanted)}, or unset TRAINER_PYTHON to use trainer/.venv.`
  if (unfit && !own)
    return 'Install a build of torch there that fits driver and card, or unset TRAINER_PYTHON to use trainer/.venv.'
  return 'Check that `nvidia-smi` works in the same place. A container must be started with the card, and a machine whose driver was updated must be restarted.'
}

const major = (version: string): string => version.split('.')[0] ?? ''
