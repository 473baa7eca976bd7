/** What the code of a foreign session tells: the edited files and the training budget of a run. */
import { readFile } from './git/commits.ts'
import type { ForeignGit } from './git/git.ts'
import type { History } from './git/history.ts'
import type { OrderedRow } from './table/order.ts'

/** Paths that are safe to print and to write. */
const isPlain = /^[\w@+. /-]{1,200}$/

/** The baseline's versions of the files that kept changes edit; the report reads all constants from them. */
export async function readEdited(
  git: ForeignGit,
  { base, patches }: History,
  rows: OrderedRow[],
): Promise<Map<string, string>> {
  const paths = new Set([...patches].flatMap(([number, { paths }]) => (rows[number]?.as === 'keep' ? paths : [])))
  const texts = new Map<string, string>()
  for (const path of base === null ? [] : [...paths].slice(0, 50)) {
    const text = await readFile(git, `${base}`, path)
    if (text !== null && isPlain.test(path)) texts.set(path, text)
  }
  return texts
}

/** Training seconds set in the code, as in karpathy/autoresearch's prepare.py; null if not set. */
export async function budgetOf(git: ForeignGit, commit: string): Promise<number | null> {
  for (const path of ['prepare.py', 'train.py', 'trainer/prepare.py', 'trainer/train.py']) {
    const text = await readFile(git, commit, path)
    const [, product] = /^TIME_BUDGET\s*(?::\s*\w+\s*)?=\s*(\d+(?:\s*\*\s*\d+)?)\s*(?:#.*)?$/m.exec(text ?? '') ?? []
    const seconds = product?.split('*').reduce((value, factor) => value * Number(factor), 1)
    if (seconds !== undefined && seconds > 0 && seconds <= 7 * 86_400) return seconds
  }
  return null
}
