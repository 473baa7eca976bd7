/** What a candidate on a node gets to see: not the hidden answers, and nothing of the evaluator. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { readSession } from '../../../scripts/record/files/paths.ts'
import { overSsh } from '../../helpers/sshd.ts'
import { nightshift } from '../../helpers/throwaway.ts'
import { folderOf } from '../session/faults.ts'
import { onHosts } from './onHosts.ts'

const answer = 'the-answer-is-4711'

/** It looks for the answers and the machine's secret in all that it can reach, and prints what it finds. */
const curious = `const() { eval "$1=$3"; }
const RATE = 0.02
echo $RATE > "$NIGHTSHIFT_OUTPUT/rate"
cat answers.txt 2>/dev/null
grep -rhs 'the-answer-is-[0-9]' "$PWD/../.." | head -n 3
cat "$PWD"/../../evaluation/answers.txt "$PWD"/../../base/answers.txt 2>/dev/null
env | grep NIGHTSHIFT_SECRET
cat /proc/[0-9]*/environ 2>/dev/null | tr '\\\\0' '\\\\n' | grep NIGHTSHIFT_SECRET
echo looked
`
  .replaceAll('\\\\0', '\\0')
  .replaceAll('\\\\n', '\\n')

const evaluator = `grep -q "the-answer-is-[0-9]" answers.txt || exit 3
echo "$NIGHTSHIFT_SECRET" >&2
printf '{"loss": %s}' "$(cat "$NIGHTSHIFT_OUTPUT/rate")" > "$NIGHTSHIFT_EVAL"
`

overSsh(
  'a candidate on a node reads no hidden answer, and the secret of evaluators is in no record',
  async finished => {
    const more = 'evaluate: { after: sh score.sh }\nhide: answers.txt\n'
    const there = await onHosts(
      { trainer: curious, more, files: { 'answers.txt': `${answer}\n`, 'score.sh': evaluator } },
      finished,
    )
    const result = await nightshift(there.root, 'session', [
      ...['--program', 'program.md', '--tag', 'try', '--experiments', '1', '--seeds', '1'],
    ])
    expect(result.exitCode, result.stderr).toBe(0)
    const folder = await folderOf(there.root)
    const { session, experiments } = await readSession(folder)
    expect(session.sandboxes?.at(-1)?.mechanism).not.toBeNull()
    expect(experiments.map(({ metric }) => metric)).toEqual([0.02, 0.04])
    expect(experiments[1]?.runs[0]?.measuredBy).toBe('evaluator')
    const secret = (await readFile(join(there.root, '../work/secret'), 'utf8')).trim()
    const names = await readdir(folder, { recursive: true, withFileTypes: true })
    const texts = await Promise.all(
      names.filter(entry => entry.isFile()).map(entry => readFile(join(entry.parentPath, entry.name), 'utf8')),
    )
    expect(texts.join('\n')).toContain('looked')
    for (const text of texts) for (const word of [secret, answer]) expect(text).not.toContain(word)
  },
)
