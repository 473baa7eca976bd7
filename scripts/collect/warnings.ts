/** Finds contradictions within the rows, and between the rows and git. Pure. */
import { duration, metricText } from '../lib/format.ts'
import { isDoubtfulZero } from '../ratchet/train/measure/zero.ts'
import { experimentName } from '../record/files/paths.ts'
import type { Commit } from './git/commits.ts'
import { descends, type History } from './git/history.ts'
import type { Note } from './source.ts'
import { note } from './table/notes.ts'
import type { OrderedRow } from './table/order.ts'

/** Contradictions within the rows. */
export function rowWarnings(rows: OrderedRow[], metric: string): Note[] {
  const about = (numbers: number[]) => ({ experiments: numbers, lines: numbers.map(number => rows[number]?.line ?? 0) })
  const of = (test: (row: OrderedRow, number: number) => boolean) =>
    rows.flatMap((row, number) => (number > 0 && test(row, number) ? [number] : []))
  const found: Note[] = []
  const restarts = of(row => row.as === 'keep' && row.baseline !== null && row.gain !== null && row.gain > 0)
  if (restarts.length > 0)
    found.push(
      note(
        'second-baseline',
        `${namesText(restarts)} ${restarts.length === 1 ? 'calls itself a baseline' : 'call themselves baselines'}: what ${restarts.length === 1 ? 'it has' : 'they have'} over the rows before may be no gain of a change.`,
        about(restarts),
      ),
    )
  const worse = of(row => row.as === 'keep' && row.gain !== null && row.gain < 0)
  if (worse.length > 0)
    found.push(
      note('kept-worse', `${rowsText(worse)} kept though ${metric} was worse than the best before.`, about(worse)),
    )
  const same = of(row => row.as === 'keep' && row.gain === 0)
  if (same.length > 0)
    found.push(
      note(
        'kept-same',
        `${rowsText(same)} kept though ${metric} was no better than the best before, but the same.`,
        about(same),
      ),
    )
  const unvalued = of(row => row.as === 'keep' && row.metric === null)
  if (unvalued.length > 0)
    found.push(
      note(
        'kept-unmeasured',
        `${rowsText(unvalued)} kept without a value of ${metric}: ${unvalued.length === 1 ? 'it is' : 'they are'} not the best, and nothing is compared with ${unvalued.length === 1 ? 'it' : 'them'}.`,
        about(unvalued),
      ),
    )
  const better = of(row => row.as === 'discard' && row.gain !== null && row.gain > 0)
  if (better.length > 0)
    found.push(
      note(
        'better-discarded',
        `${rowsText(better)} discarded though ${metric} was better than the best before.`,
        about(better),
      ),
    )
  const zeros = of((row, number) => row.as === 'keep' && row.metric === 0 && isDoubtful(row, number, rows))
  if (zeros.length > 0)
    found.push(
      note(
        'kept-zero',
        `${rowsText(zeros)} kept with ${metric} exactly 0, and no other value is near: perhaps the run failed.`,
        about(zeros),
      ),
    )
  const valued = rows.flatMap((row, number) => (row.metric === null ? [] : [{ number, metric: row.metric }]))
  const repeated = [...Map.groupBy(valued, row => row.metric).values()].filter(
    same => same.length >= 3 && isFine(same[0]?.metric ?? 0),
  )
  const [most] = repeated.toSorted((a, b) => b.length - a.length)
  if (most) {
    const all = repeated.flat()
    const one = `${most.length} rows have the same ${metric}, ${metricText(most[0]?.metric ?? 0)}, to the last digit`
    const what =
      repeated.length === 1
        ? one
        : `${repeated.length} values of ${metric} stand in three or more rows each, to the last digit, in ${all.length} rows together; ${metricText(most[0]?.metric ?? 0)} in ${most.length}`
    found.push(
      note(
        'same-value',
        `${what}: perhaps the change was not in what was run.`,
        about(all.map(row => row.number).sort((a, b) => a - b)),
      ),
    )
  }
  return found
}

/** Whether two runs hardly agree in a value by chance: it has four digits and is no count. */
const isFine = (value: number): boolean =>
  !Number.isInteger(value) &&
  String(value)
    .replace(/e.*$/, '')
    .replace(/^-?0?\.?0*/, '')
    .replace('.', '').length >= 4

/** Whether a gain to exactly 0 is too large to be true, by the rule that live runs are judged by. */
function isDoubtful({ gain }: OrderedRow, number: number, rows: OrderedRow[]): boolean {
  const others = rows.flatMap((row, i) => (i === number || row.metric === null || row.metric === 0 ? [] : [row.metric]))
  return gain !== null && gain > 0 && isDoubtfulZero(others, (others[0] ?? 0) > 0 ? 'minimize' : 'maximize')
}

/** "0032 was", "0003, 0004 and 0007 were", "12 rows were". */
const rowsText = (numbers: number[]): string => `${namesText(numbers)} ${numbers.length === 1 ? 'was' : 'were'}`

/** "0032", "0003, 0004 and 0007", "12 rows". */
function namesText(numbers: number[]): string {
  const names = numbers.map(experimentName)
  if (names.length > 5) return `${names.length} rows`
  const last = names.pop()
  return names.length === 0 ? `${last}` : `${names.join(', ')} and ${last}`
}

/** Contradictions between the rows and git. @param budget training seconds of a run; null if unknown */
export function gitWarnings(history: History, rows: OrderedRow[], budget: number | null): Note[] {
  return [
    ...unmeasured(history, rows),
    ...absent(history, rows),
    ...misplaced(history, rows),
    ...tip(history, rows),
    ...differingWords(history, rows),
    ...counts(history, rows),
    ...hours(history, rows, budget),
  ]
}

/** Unmeasured commits that are listed one by one. */
const MAX_UNMEASURED = 12

/**
 * Commits whose code no row has. A commit that edits no code, takes a change back, or repeats one has the code of
 * another; code that cannot be read is not judged.
 */
function unmeasured(history: History, rows: OrderedRow[]): Note[] {
  const { session, codeHashes } = history
  const rowOf = new Map(history.rows.flatMap((commit, number) => (commit ? [[commit.sha, number] as const] : [])))
  const ofRows = new Set([...rowOf.keys(), ...history.elsewhere.map(({ sha }) => sha)])
  const known = new Set([...ofRows, history.base ?? ''].flatMap(sha => codeHashes.get(sha) ?? []))
  const found: { commit: Commit; at: number }[] = []
  for (const [i, commit] of session.entries()) {
    const code = codeHashes.get(commit.sha)
    const before = commit.parents.map(sha => codeHashes.get(sha))
    if (ofRows.has(commit.sha) || code === undefined || before.includes(undefined) || before.includes(code)) continue
    if (known.has(code)) continue
    known.add(code)
    found.push({ commit, at: i })
  }
  const lost = rows.filter(({ written }, number) => number > 0 && written !== null && !history.rows[number]).length
  const unless =
    lost === 0
      ? ''
      : `, unless as ${lost === 1 ? 'the row' : `one of the ${lost} rows`} whose commit is not in the repository`
  const named = (commit: Commit) => `${short(commit.sha)} (“${commit.subject}”${when(commit)})`
  const [first, last] = [found[0]?.commit, found.at(-1)?.commit]
  if (first && last && found.length > MAX_UNMEASURED) {
    const text = `${found.length} commits with code of their own are on the branch and in no row: none was measured by itself${unless}. The first is ${named(first)}, the last ${named(last)}.`
    return [note('unmeasured-commits', text)]
  }
  return found.map(({ commit, at }) => {
    const later = session.slice(at + 1)
    const before = codeHashes.get(commit.parents[0] ?? '')
    const back = later.findIndex(({ sha }) => !ofRows.has(sha) && codeHashes.get(sha) === before)
    const next = later.findIndex(other => rowOf.has(other.sha) && descends(history, other, commit.sha))
    const [undone, container] = [later[back], rowOf.get(later[next]?.sha ?? '')]
    const [how, then] =
      undone && (next < 0 || back < next)
        ? ['', ` ${short(undone.sha)} (“${undone.subject}”) took it back.`]
        : container !== undefined
          ? [' by itself', ` ${experimentName(container)} is the first row that contains it.`]
          : ['', '']
    const text = `${named(commit)} is on the branch and in no row: it was never measured${how}${unless}.${then}`
    return note('unmeasured-commit', text)
  })
}

function absent({ rows: own }: History, rows: OrderedRow[]): Note[] {
  const missing = rows.flatMap((row, number) =>
    number > 0 && row.as === 'keep' && own[number] === null ? [number] : [],
  )
  if (missing.length === 0) return []
  const text = `${missing.length === 1 ? 'One kept row has' : `${missing.length} kept rows have`} no commit of ${missing.length === 1 ? 'its' : 'their'} own in the repository, so the change is not known.`
  return [note('missing-commit', text, { experiments: missing, lines: missing.map(number => rows[number]?.line ?? 0) })]
}

/** Kept rows whose commit is not on the branch, and discarded rows whose commit still is. */
function misplaced(history: History, rows: OrderedRow[]): Note[] {
  const onBranch = new Set(history.commits.map(({ sha }) => sha))
  const { session, codeHashes } = history
  return rows.flatMap((row, number): Note[] => {
    const commit = history.rows[number]
    if (!commit || number === 0) return []
    const about = { experiments: [number], lines: [row.line] }
    if (row.as === 'keep' && !onBranch.has(commit.sha))
      return [
        note(
          'kept-elsewhere',
          `${experimentName(number)} is kept by the table, but ${short(commit.sha)} is not on the branch.`,
          about,
        ),
      ]
    if ((row.as !== 'discard' && row.as !== 'crash') || !onBranch.has(commit.sha)) return []
    const [before, code] = [codeHashes.get(commit.parents[0] ?? ''), codeHashes.get(commit.sha)]
    const later = session.slice(session.findIndex(({ sha }) => sha === commit.sha) + 1)
    // Without the code it is not known whether a later commit took it back.
    if (before === undefined || code === undefined || code === before || history.reverted.has(commit.sha)) return []
    if (later.some(({ sha }) => codeHashes.get(sha) === before)) return []
    return [
      note(
        'discard-on-branch',
        `${experimentName(number)} is a ${row.as} by the table, but ${short(commit.sha)} is on the branch and nothing took it back.`,
        about,
      ),
    ]
  })
}

function tip(history: History, rows: OrderedRow[]): Note[] {
  const last = rows.findLastIndex((row, number) => row.as === 'keep' && history.rows[number] != null)
  const commit = history.rows[last]
  // After it the branch may hold the table's next session.
  if (history.elsewhere.some(other => commit && descends(history, other, commit.sha))) return []
  const [kept, end] = [commit?.sha ?? '', history.tableBranch.branch.tip].map(sha => history.codeHashes.get(sha))
  if (kept === undefined || end === undefined || kept === end) return []
  return [
    note(
      'tip-differs',
      `The branch's tip is not the code of ${experimentName(last)}, the last kept row that has a commit.`,
      { experiments: [last], lines: [rows[last]?.line ?? 0] },
    ),
  ]
}

const numbersIn = (text: string): string[] => [...new Set(text.match(/\d+(?:\.\d+)?/g) ?? [])]

/** Rows whose description and commit subject contain different numbers, unless one's numbers include the other's. */
function differingWords(history: History, rows: OrderedRow[]): Note[] {
  return rows.flatMap((row, number): Note[] => {
    const commit = history.rows[number]
    if (!commit || number === 0) return []
    const [a, b] = [numbersIn(row.description), numbersIn(commit.subject)]
    const within = (few: string[], many: string[]) => few.every(n => many.includes(n))
    if (a.length === 0 || b.length === 0 || within(a, b) || within(b, a)) return []
    return [
      note(
        'other-words',
        `${experimentName(number)} reads “${row.description}” in the table and “${commit.subject}” in git.`,
        { experiments: [number], lines: [row.line] },
      ),
    ]
  })
}

/**
 * Commit subjects such as "add experiment results log (125 experiments)" that disagree with the number of rows, with or
 * without the baseline.
 */
function counts(history: History, rows: OrderedRow[]): Note[] {
  // It counts the rows of all sessions of the table.
  if (history.elsewhere.length > 0) return []
  return history.session.flatMap((commit, i, session): Note[] => {
    const claimed = Number(/\b(\d+) (?:experiments|runs|trials)\b/.exec(commit.subject)?.[1] ?? Number.NaN)
    const isLast = !session.slice(i + 1).some(later => /\b\d+ (?:experiments|runs|trials)\b/.test(later.subject))
    if (!isLast || Number.isNaN(claimed) || claimed === rows.length || claimed === rows.length - 1) return []
    return [note('count', `${short(commit.sha)} says “${commit.subject}”; the table has ${rows.length} rows.`)]
  })
}

/** Compares the time between kept commits with the training time of the rows between them. */
function hours(history: History, rows: OrderedRow[], budget: number | null): Note[] {
  const timed = rows.flatMap((row, number) => {
    const at = row.as === 'keep' && number > 0 ? history.rows[number]?.at : null
    return at ? [{ number, at: Date.parse(at) }] : []
  })
  const [first, last] = [timed[0], timed.at(-1)]
  if (!first || !last || first === last) return []
  const found: Note[] = []
  for (const [i, b] of timed.entries()) {
    const a = timed[i - 1]
    if (!a) continue
    const about = { experiments: [a.number, b.number], lines: [a, b].map(({ number }) => rows[number]?.line ?? 0) }
    if (b.at < a.at)
      found.push(
        note(
          'commit-order',
          `${experimentName(b.number)} was committed before ${experimentName(a.number)}, which stands before it.`,
          about,
        ),
      )
    // A commit precedes its run, so the runs between two commits are those of the rows from the first commit on.
    const needed = trained(rows, a.number, b.number) * (budget ?? 0)
    if (b.at >= a.at && needed > 1.05 * ((b.at - a.at) / 1000))
      found.push(
        note(
          'too-fast',
          `From ${experimentName(a.number)} to ${experimentName(b.number)} are ${duration((b.at - a.at) / 1000)} by git, and ${duration(needed)} of training by the rows.`,
          about,
        ),
      )
  }
  if (budget === null) return found
  const span = (last.at - first.at) / 1000
  const runs = trained(rows, first.number, last.number)
  const ratio = span / (runs * budget)
  const text = `By git, ${duration(span)} lie between the commits of ${experimentName(first.number)} and ${experimentName(last.number)}; ${runs} rows of ${duration(budget)} are ${duration(runs * budget)}, so ${ratio >= 1 ? `${Math.round((1 - 1 / ratio) * 100)}% of the time was not training` : 'more was trained than there was time for'}.`
  return [...found, note('hours', text, { experiments: [first.number, last.number], lines: [] })]
}

/** Rows in a range that trained to the end; a crash may have taken no time. */
const trained = (rows: OrderedRow[], from: number, to: number): number =>
  rows.slice(from, to).filter(row => row.metric !== null).length

const short = (sha: string): string => sha.slice(0, 7)
const when = ({ at }: Commit): string => (at === null ? '' : `, ${at.slice(0, 10)} ${at.slice(11, 16)} UTC`)
