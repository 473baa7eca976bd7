/** Why git could not talk to a remote, as one Failure. Pure. */
import { shellWord } from '../../lib/command.ts'
import { Failure } from '../../lib/errors.ts'
import { sanitizeText } from '../../lib/text.ts'
import type { Remote } from './remote.ts'

/** What the advice of an error depends on. */
interface Use {
  /** First part of the names of the branches that are pushed. */
  branches: string
  /** What to do where a remote does not take them. */
  otherwise: string
}

const pullRequests: Use = { branches: 'exp', otherwise: 'push to a fork: --remote' }

/** What git or the server says, and what to do; the first that matches counts. */
const causes: [pattern: RegExp, what: string, advice: string | ((use: Use) => string)][] = [
  [
    /no word from the remote/i,
    'it does not answer',
    'Run the command again; where the line is slow, allow it more time: --timeout 5m.',
  ],
  [
    /strange pathname|protocol '.*' is not supported|transport '.*' not allowed/i,
    'git does not use such an address',
    'Give the remote an address that begins with https:// or ssh://.',
  ],
  [
    /could not resolve host|name or service not known|temporary failure in name resolution|connection (?:refused|timed out|reset)|network is unreachable|no route to host|timed out|failed to connect|couldn't connect/i,
    'it cannot be reached',
    'Check the network, and run the command again: what was sent is found there.',
  ],
  [
    /host key verification failed/i,
    'its host is not known to ssh',
    'Connect to it once with ssh, and run the command again.',
  ],
  [
    /terminal prompts disabled|could not read (?:username|password)|authentication failed|permission denied|invalid (?:username|credentials)|HTTP (?:401|403)|error: (?:401|403)|permission to .+ denied|write access to repository not granted/i,
    'it does not let you in',
    'git asks for no password here: set up a credential helper (`gh auth setup-git`) or an ssh key that may push there.',
  ],
  [
    /repository .*not found|does not appear to be a git repository|does not exist|not a git repository|error: 404/i,
    'there is no such repository, or you may not see it',
    'Check the address and the rights of your account.',
  ],
  [
    /GH006|GH013|protected branch|rule violations|branch rule|pre-receive hook declined|update hook declined|hook declined|deny updating/i,
    'its rules refuse the branch',
    ({ branches, otherwise }) => `Its administrators can allow branches ${branches}/**; or ${otherwise}.`,
  ],
  [
    /GH008|GH001|exceeds GitHub's file size limit|unknown Git LFS objects|file size limit/i,
    'it refuses a file of the branch',
    'A file is too large, or belongs to Git LFS and was not uploaded: `git lfs push` does that.',
  ],
  [
    /cannot lock ref|refusing to (?:create|update)|directory file conflict|funny refname/i,
    'it cannot have a branch of that name beside its others',
    ({ branches }) => `Rename the branch there whose name is the beginning of this one, e.g. \`${branches}\`.`,
  ],
]

/** @param doing e.g. "list the branches of" @param stderr what git said, without credentials */
export function remoteFailure(
  doing: string,
  { name, address }: Pick<Remote, 'name' | 'address'>,
  stderr: string,
  use = pullRequests,
): Failure {
  const words = wordsOf(stderr)
  const [
    ,
    what = 'git failed',
    advice = `Mend what git names; \`git ls-remote ${shellWord(name)}\` shows whether it is reached.`,
  ] = causes.find(([pattern]) => pattern.test(stderr)) ?? []
  const shown = name === address ? address : `${sanitizeText(name)} (${address})`
  return new Failure(
    `Could not ${doing} ${shown}: ${what}${words === '' ? '' : `. git: ${words}`}.`,
    typeof advice === 'string' ? advice : advice(use),
  )
}

/** The lines that say why. */
function wordsOf(stderr: string): string {
  const lines = stderr.split(/[\r\n]+/).map(line => line.replace(/^remote:\s*/, '').trim())
  const why = lines.filter(line => /^(?:fatal|error|ERROR|ssh:|GH\d+)|denied|declined|rejected/.test(line))
  const told = (why.length > 0 ? why : lines).filter(line => line !== '' && !/failed to push some refs/.test(line))
  return sanitizeText(told.map(line => line.replace(/^(?:fatal|error): /, '').replace(/[.;]+$/, '')).join('; '), 300)
}
