/** Slurm's own commands: how they are called, and what their errors mean. */
import { spawn } from 'node:child_process'
import { Failure } from '../../lib/errors.ts'
import { holdsKey } from '../../lib/secrets/environment.ts'
import { sanitizeText } from '../../lib/text.ts'

/** A command of Slurm that failed. */
export class SlurmFailure extends Failure {
  /** Whether the controller gave no answer: what was asked may have been done. */
  readonly isUnanswered: boolean

  constructor(message: string, advice: string, isUnanswered: boolean) {
    super(message, advice)
    this.isUnanswered = isUnanswered
  }
}

/** A call that the controller does not answer takes Slurm's MessageTimeout several times. */
const callSeconds = 120

/**
 * Calls a command of Slurm.
 * @param input its standard input
 * @returns its standard output
 * @throws {SlurmFailure} in Slurm's words
 */
export async function callSlurm(program: string, args: readonly string[], input = ''): Promise<string> {
  const child = spawn(program, args, {
    // In its own process group: Ctrl-C does not end it between what it asks and the answer.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: clientEnvironment(process.env),
  })
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (part: string) => (said[name] += part))
  child.stdin.on('error', () => {}).end(input)
  const timer = setTimeout(() => child.kill('SIGKILL'), 1000 * callSeconds)
  const code = await new Promise<number | null | Error>(done => child.on('close', done).on('error', done))
  clearTimeout(timer)
  if (code === 0) return said.stdout
  if (code instanceof Error)
    throw new SlurmFailure(
      `${program} cannot be started: ${code.message}.`,
      "Start the session where Slurm's commands are, e.g. on a login node.",
      false,
    )
  const words = wordsOf(said.stderr)
  throw new SlurmFailure(
    `${program} failed: ${words === '' ? (code === null ? `no answer within ${callSeconds} s` : `exit code ${code}`) : words}.`,
    'Those are the words of Slurm. docs/engines.md says what is asked for; `engine` and `resources` of program.md change it.',
    code === null || unanswered.test(said.stderr),
  )
}

/** The controller is down, restarts or is too busy. */
const unanswered =
  /Unable to contact slurm controller|Socket timed out|connect failure|Connection (refused|timed out|reset)|Zero Bytes were transmitted|Transport endpoint|Slurm backup controller in standby|slurm_(load|receive)\w* error|Resource temporarily unavailable/i

/** What it said, in one line: "sbatch: error: " before each is left out. */
const wordsOf = (stderr: string): string => {
  const lines = stderr
    .split('\n')
    .map(line => sanitizeText(line.replace(/^\w+: (error|fatal): /, '')))
    .filter(line => line !== '')
  return sanitizeText([...new Set(lines)].join('; '), 400).replace(/\.$/, '')
}

/** What Slurm's commands and the jobs get of the harness's shell: paths, languages, and what chose the software. */
const passed =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_\w+|TZ|LD_LIBRARY_PATH|LIBRARY_PATH|CPATH|MANPATH|PYTHON(PATH|HOME|STARTUP|UNBUFFERED|NOUSERSITE)|VIRTUAL_ENV|CONDA_\w+|MAMBA_\w+|PYENV_\w+|UV_\w+|CUDA_(HOME|PATH)|NCCL_\w+|HF_(HOME|HUB_OFFLINE|DATASETS_CACHE)|TORCH_HOME|XDG_\w+|MODULE\w*|LOADEDMODULES|_LMFILES_|LMOD_\w+|BASH_FUNC_(module|ml)%%|SLURM_CONF|KRB5CCNAME|SBATCH_(ACCOUNT|PARTITION|QOS|RESERVATION|CONSTRAINT|TIMELIMIT))$/

/**
 * Environment of Slurm's commands. A job gets that of its sbatch, where every process of the node's user can read it: it has
 * no key of the harness's shell. `--export` with names, or NONE, would load a login environment on the node, which takes
 * seconds, and holds the job where it fails. What a job around the harness has set is left out: it is not of the new jobs.
 */
export const clientEnvironment = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name, value]) => passed.test(name) && !holdsKey(name, value ?? '')))

/** Submits a job. @returns its ID @throws {SlurmFailure} for what Slurm does not take */
export async function submitJob(flags: readonly string[], script: string): Promise<string> {
  if (Buffer.byteLength(script) > maxScript)
    throw new Failure(
      `The script of a job has ${Buffer.byteLength(script)} bytes, and Slurm takes ${maxScript}.`,
      'This is an error of Nightshift: please report it.',
    )
  const answer = await callSlurm('sbatch', ['--parsable', ...flags], script)
  // "123" or "123;cluster".
  const [, id] = /^(\d+)(?:;|$)/.exec(answer.trim()) ?? []
  if (id !== undefined) return id
  throw new SlurmFailure(
    `sbatch answered what is no job: ${sanitizeText(answer, 120)}.`,
    'A program in the place of sbatch may print more: is it a wrapper of your cluster?',
    false,
  )
}

/** Slurm's default of max_script_size, in bytes. */
const maxScript = 4 * 2 ** 20

/** Cancels jobs; one that has ended meanwhile is no error. */
export async function cancelJobs(ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await callSlurm('scancel', ['--quiet', ...ids])
}
