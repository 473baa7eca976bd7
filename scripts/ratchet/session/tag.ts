/** Chooses a session's tag: its branch is autoresearch/<tag>, its candidates are refs below refs/autoresearch/<tag>/. */
import { command, shellWord } from '../../lib/command.ts'
import { Failure } from '../../lib/errors.ts'
import { orWarn } from '../../lib/files/read.ts'
import type { Repository } from '../../lib/git/git.ts'
import { sessionsRoot } from '../../lib/paths.ts'
import { redact } from '../../lib/secrets/redact.ts'
import { capital, sanitizeText } from '../../lib/text.ts'
import { dateTag } from '../../lib/time.ts'
import { sessionsWithTag } from '../../record/tags.ts'
import { progressOf } from '../../record/unfinished.ts'

/**
 * The wanted tag, or the usual one with the first free number.
 * @throws {Failure} when the tag is no name for a branch, is taken, or a ref of the user's is in the way of its branch
 */
export async function chooseTag(
  { git }: Repository,
  wanted: string | null,
  usual = dateTag(new Date()),
): Promise<string> {
  if (wanted !== null) checkName(wanted)
  const listed = await git.raw('for-each-ref', '--format=%(refname)', 'refs/heads/autoresearch', 'refs/autoresearch')
  const refs = listed.split('\n')
  const inAllWays = refs.find(ref => ref === 'refs/heads/autoresearch' || ref === 'refs/autoresearch')
  if (inAllWays !== undefined) throw inTheWay(inAllWays, `autoresearch/${wanted ?? 'TAG'}`)
  if (wanted !== null) {
    await checkFree(wanted, refs)
    return wanted
  }
  for (let n = 1; ; n++) {
    const tag = n === 1 ? usual : `${usual}-${n}`
    const { have, mayHave } = await sessionsWithTag(tag, sessionsRoot)
    if (have.length + mayHave.length === 0 && refsOf(tag, refs).length === 0) return tag
  }
}

function checkName(tag: string): void {
  if (redact(tag) !== tag)
    throw new Failure(
      '--tag holds what looks like a key.',
      'Branch, records and pages would have it in their names. Choose another.',
    )
  if (!/^[a-z0-9][a-z0-9._-]{0,60}$/i.test(tag) || tag.endsWith('.lock') || tag.endsWith('.') || tag.includes('..'))
    throw new Failure(
      `--tag ${sanitizeText(tag, 80)} cannot be a branch name.`,
      'Use letters, digits, dots, dashes and underscores, e.g. nov21-lr.',
    )
}

/** Refs that have the tag's names, or that git cannot have beside them. */
const refsOf = (tag: string, refs: string[]): string[] =>
  refs.filter(ref =>
    [`refs/heads/autoresearch/${tag}`, `refs/autoresearch/${tag}`].some(
      own => ref === own || ref.startsWith(`${own}/`),
    ),
  )

async function checkFree(tag: string, refs: string[]): Promise<void> {
  const { have, mayHave } = await sessionsWithTag(tag, sessionsRoot)
  const other = 'Choose another --tag, or leave it out for the date.'
  const [id] = have
  if (id !== undefined) throw await takenBy(tag, id)
  if (mayHave[0] !== undefined)
    throw new Failure(
      `The tag ${tag} may be taken by ${sanitizeText(mayHave[0])}: its records cannot be read.`,
      `Mend or move ${sanitizeText(mayHave[0])} in ${sessionsRoot}, or choose another --tag.`,
    )
  const below = refs.find(
    ref => ref.startsWith(`refs/heads/autoresearch/${tag}/`) || ref === `refs/autoresearch/${tag}`,
  )
  if (below !== undefined) throw inTheWay(below, `autoresearch/${tag}`)
  const [ref] = refsOf(tag, refs)
  if (ref === undefined) return
  throw new Failure(
    `The tag ${tag} is taken: ${nameOf(ref)} exists in the repository, though no session in ${sessionsRoot} has that tag.`,
    `${other} Or delete it, if nothing needs it: \`${deletion(ref)}\`.`,
  )
}

async function takenBy(tag: string, id: string): Promise<Failure> {
  // With a journal that cannot be read it is taken all the same.
  const progress = await orWarn(progressOf(id))
  const name = sanitizeText(id)
  if (progress === 'failed baseline')
    return new Failure(
      `The tag ${tag} is taken by ${name}, whose baseline failed.`,
      `That session keeps the commit it started from. Choose another --tag for a new one, e.g. ${tag}-2.`,
    )
  if (progress === 'unfinished' || progress === 'unreported')
    return new Failure(
      `The tag ${tag} has an unfinished session.`,
      `Go on with it: \`${command(`session resume ${name}`)}\`. Or choose another --tag.`,
    )
  return new Failure(
    `The tag ${tag} is taken by the session ${name}.`,
    'Choose another --tag, or leave it out for the date.',
  )
}

/** e.g. "the branch autoresearch/nov21" */
const nameOf = (ref: string): string =>
  ref.startsWith('refs/heads/')
    ? `the branch ${sanitizeText(ref.slice('refs/heads/'.length))}`
    : `the ref ${sanitizeText(ref)}`

const deletion = (ref: string): string =>
  ref.startsWith('refs/heads/')
    ? `git branch -D ${shellWord(ref.slice('refs/heads/'.length))}`
    : `git update-ref -d ${shellWord(ref)}`

function inTheWay(ref: string, branch: string): Failure {
  const name = nameOf(ref)
  const short = ref.replace(/^refs\/heads\//, '')
  const isBranch = ref.startsWith('refs/heads/')
  return new Failure(
    `${capital(name)} is in the way: git cannot have it and a session's ${isBranch ? `branch ${branch}` : `refs below refs/${branch}/`}.`,
    isBranch
      ? `Rename it, e.g. \`git branch -m ${shellWord(short)} ${shellWord(`${short.replaceAll('/', '-')}-old`)}\`${short === 'autoresearch' ? '' : ', or choose another --tag'}.`
      : `Keep its commit under another name, e.g. \`git branch kept ${shellWord(ref)}\`, and delete it: \`${deletion(ref)}\`.`,
  )
}
