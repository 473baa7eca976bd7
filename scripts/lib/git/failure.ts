/** A git command that failed, as a Failure in git's own words, and which of git's errors it was. */
import type { ExecaError } from 'execa'
import { shellWord } from '../command.ts'
import { Failure } from '../errors.ts'
import { sanitizeText } from '../text.ts'

/** Thrown whenever git fails. Callers that expect an error recognise it by `stderr`. */
export class GitFailure extends Failure {
  /** Everything that git wrote to standard error, not sanitised. */
  readonly stderr: string
  /** Undefined when a signal ended git, or it did not start. */
  readonly exitCode: number | undefined

  constructor(message: string, advice: string, stderr: string, cause: ExecaError) {
    super(message, advice, { cause })
    this.stderr = stderr
    this.exitCode = cause.exitCode
  }
}

/** @param args of git, without its `-c` settings @param folder in which it ran */
export function gitFailure(args: readonly string[], folder: string, cause: ExecaError): GitFailure {
  const stderr = typeof cause.stderr === 'string' ? cause.stderr : ''
  const said = gitWords(stderr) || howItEnded(cause)
  const shown = `\`git ${sanitizeText(args.find(arg => !arg.startsWith('-')) ?? '')}\` failed in ${folder}: ${ended(said)}`
  return new GitFailure(shown, adviceFor(stderr, folder, cause), stderr, cause)
}

/** What git wrote when an error came from it; else the error's text. For patterns only: it is not sanitised. */
export const saidBy = (error: unknown): string => (error instanceof GitFailure ? error.stderr : String(error))

/** The lines that say why, without progress and hints: those after `fatal:` or `error:`, or else all. */
function gitWords(stderr: string): string {
  const lines = stderr.split(/[\r\n]+/).filter(line => line.trim() !== '' && !line.startsWith('hint:'))
  const why = lines.filter(line => /^(fatal|error): /.test(line))
  return sanitizeText((why.length > 0 ? why : lines).map(line => line.replace(/^(fatal|error): /, '')).join('; '), 400)
}

function howItEnded({ code, signal, exitCode, originalMessage = '' }: ExecaError): string {
  if (code === 'ENOENT') return 'git, or the folder, does not exist'
  if (signal) return `git was ended by ${signal}`
  return exitCode === undefined ? sanitizeText(originalMessage) : `exit code ${exitCode}, without a word`
}

const ended = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`)

function adviceFor(stderr: string, folder: string, { code }: ExecaError): string {
  if (code === 'ENOENT') return 'Install git, or make the folder; then run the command again.'
  if (isForeign(stderr)) return trustAdvice(folder)
  if (/No space left on device|Disk quota exceeded/.test(stderr)) return 'Free some space and run the command again.'
  if (/Permission denied|Read-only file system/.test(stderr))
    return 'Give yourself the right to write there, and run the command again.'
  return 'Mend what git names, and run the command again.'
}

/** Whether git refuses a repository because it belongs to another user. */
export const isForeign = (stderr: string): boolean => stderr.includes('dubious ownership')

/** @param root of the repository that belongs to another user */
export const trustAdvice = (root: string): string =>
  `If you trust it, tell git so: \`git config --global --add safe.directory ${shellWord(root)}\`. Or make it yours with chown.`
