/** `--set NAME=VALUE`: constants of the editable files that a replication changes in its baseline, as the tuner changes them. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { knobsIn } from '../../agents/tuner/knobs.ts'
import { list } from '../../analysis/numbers.ts'
import { type Constant, constantsIn, movesIn, withConstant } from '../../analysis/source/constants.ts'
import { Failure } from '../../lib/errors.ts'
import { experimentName } from '../../lib/format.ts'
import { gitIn, gitWithInput, type Repository } from '../../lib/git/git.ts'
import { closest } from '../../lib/suggest.ts'
import { sanitizeText } from '../../lib/text.ts'
import type { Replication } from '../../record/taken.ts'
import type { Stack } from '../stack/stackOf.ts'

type SetKnob = Replication['set'][number]

/** A `--set` as typed. */
export interface Wanted {
  name: string
  value: string
}

/** @throws {Failure} for text that is not NAME=VALUE, and for a name that is given twice */
export function readWanted(texts: readonly string[]): Wanted[] {
  const wanted = texts.map(text => {
    const [, name = '', value = ''] = /^\s*([A-Za-z]\w*)\s*=\s*(.*\S)\s*$/s.exec(text) ?? []
    if (name === '') throw new Failure(`--set ${sanitizeText(text, 80)} is not NAME=VALUE.`, 'E.g. --set DEPTH=24.')
    return { name, value }
  })
  const twice = wanted.find(({ name }, i) => wanted.findIndex(other => other.name === name) < i)
  if (twice) throw new Failure(`--set sets ${twice.name} twice.`, 'Give each name once.')
  return wanted
}

/**
 * @param texts the editable files at HEAD, by path in the repository
 * @throws {Failure} for a name that no file has, text that is not a value, and a constant that the stack changes itself
 */
export function knobsToSet(wanted: readonly Wanted[], texts: Map<string, string>, stack: Stack): SetKnob[] {
  return wanted.map(({ name, value }) => {
    const found = [...texts].flatMap(([file, text]) =>
      constantsIn(text)
        .filter(constant => constant.name === name)
        .slice(0, 1)
        .map(now => ({ file, now })),
    )
    const [first, second] = found
    if (first === undefined) throw unknownName(name, texts)
    if (second !== undefined)
      throw new Failure(
        `--set ${name}: both ${first.file} and ${second.file} have a constant of that name.`,
        'Change it by hand in the one that is meant, and commit it: a replication starts from HEAD.',
      )
    const to = rawValue(name, value, first.now)
    if (to === first.now.raw)
      throw new Failure(`--set ${name}=${value}: it is ${to} in ${first.file} already.`, 'Leave it out.')
    const mover = stack.changes.find(({ patch }) => movesIn(patch).some(move => move.name === name))
    if (mover)
      throw new Failure(
        `--set ${name}: ${experimentName(mover.experiment.number)} of ${stack.session.id} changes ${name} itself.`,
        'Set another constant: this one would be set twice, and the change would not be the one that was found.',
      )
    return { knob: name, file: first.file, from: first.now.raw, to }
  })
}

function unknownName(name: string, texts: Map<string, string>): Failure {
  const files = list([...texts.keys()])
  const names = knobsIn(texts).map(knob => knob.name)
  const near = closest(name, names)
  return new Failure(
    `--set ${name}: ${files} ${texts.size === 1 ? 'has' : 'have'} no constant of that name.`,
    near === undefined
      ? names.length === 0
        ? 'There is none: a knob is a line such as DEPTH = 12 at the beginning of a line.'
        : `There are ${list(names.slice(0, MAX_NAMED))}${names.length > MAX_NAMED ? ` and ${names.length - MAX_NAMED} more` : ''}.`
      : `Did you mean ${near}?`,
  )
}

const MAX_NAMED = 12

/** The value in the notation of the file: a word gets the quotes that the present value has. */
function rawValue(name: string, value: string, now: Constant): string {
  const quote = /^['"]/.exec(now.raw)?.[0]
  const quoted =
    quote !== undefined && /^[\w.+-]+$/.test(value) && value !== 'None' ? `${quote}${value}${quote}` : value
  const [read] = constantsIn(`${name} = ${quoted}`)
  const isSame = read?.name === name && read.raw === quoted
  if (!isSame)
    throw new Failure(
      `--set ${name}=${sanitizeText(value, 60)} is not a value that a knob can have; it is ${now.raw} now.`,
      'A knob is a number (24, 3e-4, 2**14), True, False, None, or a word.',
    )
  const isNumber = (raw: string) => /^[-\d.]/.test(raw)
  if (read.raw !== 'None' && now.raw !== 'None' && isNumber(read.raw) !== isNumber(now.raw))
    throw new Failure(
      `--set ${name}=${sanitizeText(value, 60)}: it is ${now.raw} now, a value of another kind.`,
      isNumber(now.raw) ? 'Give a number.' : 'Give a value of the same kind.',
    )
  return quoted
}

/** The editable files at a commit, by path in the repository; those that are no text files there are left out. */
export async function readEditable(
  { root }: Repository,
  commit: string,
  edit: readonly string[],
): Promise<Map<string, string>> {
  const git = gitIn(root, false)
  const texts = new Map<string, string>()
  for (const path of edit) {
    const entry = await git.raw('ls-tree', '--full-tree', commit, '--', path)
    if (/^100(?:644|755) blob /.test(entry)) texts.set(path, await git.raw('cat-file', 'blob', `${commit}:${path}`))
  }
  return texts
}

/** HEAD with the constants set, as one commit; HEAD itself without any. Made in an index of its own. */
export async function commitKnobs(
  { root, git, head }: Repository,
  set: readonly SetKnob[],
  texts: Map<string, string>,
): Promise<string> {
  if (set.length === 0) return head
  const folder = await mkdtemp(join(tmpdir(), 'nightshift-set-'))
  try {
    const index = gitIn(root, true, undefined, { GIT_INDEX_FILE: join(folder, 'index') })
    await index.raw('read-tree', head)
    for (const file of new Set(set.map(knob => knob.file))) {
      const own = set.filter(knob => knob.file === file)
      const text = own.reduce((before, { knob, to }) => withConstant(before, knob, to), texts.get(file) ?? '')
      const blob = (await gitWithInput(root, ['hash-object', '-w', '--stdin'], text)).trim()
      const mode = (await index.raw('ls-tree', '--full-tree', head, '--', file)).slice(0, 6)
      await index.raw('update-index', '--cacheinfo', `${mode},${blob},${file}`)
    }
    const tree = await index.raw('write-tree')
    const message = set.map(({ knob, from, to }) => `${knob}: ${from} → ${to}`).join('\n')
    return await git.raw('commit-tree', tree, '-p', head, '-m', `Set for a replication\n\n${message}`)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
