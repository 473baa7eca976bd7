import { createHash } from 'node:crypto'
import { access, chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { withGit } from '../../scripts/collect/git/git.ts'
import { readAddress } from '../../scripts/collect/open.ts'
import { readRequest } from '../../scripts/collect/request.ts'
import { notebook } from '../../scripts/lib/paths.ts'
import { files, readSession } from '../../scripts/record/files/paths.ts'
import { answer } from '../../site/data/session/answer.ts'
import { readEntries } from '../../site/data/sessions.ts'
import { view } from '../../site/data/view.ts'
import { timeSpanText } from '../../site/data/words.ts'
import { hostile, writeSession } from '../helpers/exampleSessions.ts'
import { git, nightshift, scratch, sessionsOf, write } from '../helpers/throwaway.ts'
import { addRow, commitAll, foreignSession, header, rows, short, writeTable } from './foreignRepository.ts'
import { allInto, into } from './into.ts'

/** Contents of all files of a folder, by path. */
async function contents(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const hashed = entries
    .filter(entry => entry.isFile())
    .map(async entry => {
      const path = join(entry.parentPath, entry.name)
      return [
        path.slice(folder.length + 1),
        createHash('sha1')
          .update(await readFile(path))
          .digest('hex'),
      ] as const
    })
  return Object.fromEntries(await Promise.all(hashed))
}

const missing = (path: string): Promise<boolean> =>
  access(path).then(
    () => false,
    () => true,
  )

describe('a repository', () => {
  test('is read as rows with the diffs, times and trees of their commits', async () => {
    const { root, commits } = await foreignSession()
    const sessions = sessionsOf(root)
    const found = await into(sessions, root)
    expect([found.id, found.state]).toEqual(['2026-03-05-a100-mar5', 'new'])
    const { session, experiments } = await readSession(found.folder)
    expect(session).toMatchObject({
      tag: 'mar5',
      branch: 'exp/A100/mar5',
      baseCommit: commits.base,
      budget: 300,
      source: { kind: 'table', from: 'repo' },
      startedAt: '2026-03-05T00:55:00.000Z',
      endedAt: '2026-03-05T01:41:00Z',
      contract: { edit: ['train.py'] },
      machine: { label: 'a100', gpu: 'A100', gpus: null, cpu: null },
    })
    expect(experiments.map(e => [e.status, e.metric, e.commit, e.linesAdded, e.startedAt])).toEqual([
      ['keep', 1, commits.base, 0, null],
      ['keep', 0.95, commits.first, 1, '2026-03-05T01:00:00Z'],
      ['discard', 0.99, 'deadbee', null, null],
      ['keep', 0.9, commits.second, 1, '2026-03-05T01:10:00Z'],
      ['crash', null, 'deadbef', null, null],
    ])
    expect(experiments[3]).toMatchObject({
      parent: { number: 1, commit: commits.first },
      decision: { head: 0.95 },
      row: { line: 5 },
    })
    expect(await readFile(files.patch(found.folder, 3), 'utf8')).toBe(
      `${await git(root, 'diff', '--full-index', `${commits.first}`, `${commits.second}`)}\n`,
    )
    expect(await missing(files.patch(found.folder, 2))).toBe(true)
    expect(found.digest?.bestSingleRun).toMatchObject({ baseline: 1, best: 0.9, experiment: 3 })
    expect(await readFile(files.report(found.folder), 'utf8')).toContain(
      '# mar5 · A100: val_bpb 1.0000 → 0.9000 in single runs, not confirmed',
    )
    expect(await readFile(join(files.source(found.folder), 'train.py'), 'utf8')).toBe('RATE = 0.1\nDEPTH = 8\n')
  })

  test('is checked for contradictions between git and the rows', async () => {
    const { root, commits } = await foreignSession()
    const { source } = await into(sessionsOf(root), root, { dry: true })
    const texts = source.warnings.map(({ code, text }) => `${code}: ${text}`)
    expect(texts).toEqual([
      `unmeasured-commit: ${short(commits.lost)} (“rate 0.2 to 0.3”, 2026-03-05 01:40 UTC) is on the branch and in no row: it was never measured, unless as one of the 2 rows whose commit is not in the repository. ${short(commits.back)} (“take the rate back”) took it back.`,
      'hours: By git, 10 min 00 s lie between the commits of 0001 and 0003; 2 rows of 5 min 00 s are 10 min 00 s, so 0% of the time was not training.',
    ])
    const faster = await into(sessionsOf(root), root, { dry: true, budget: 600 })
    expect(faster.source.warnings.map(({ code }) => code)).toEqual(['unmeasured-commit', 'too-fast', 'hours'])
  })

  test('warns about a discard on the branch, a missing kept commit, differing numbers and a differing count', async () => {
    const { root, commits } = await foreignSession()
    const [baseline, first, , second] = rows(commits)
    const table = [
      baseline,
      first?.replace('keep', 'discard'),
      second?.replace('8 to 9', '8 to 10'),
      'abcdef1\t0.8\t4.0\tkeep\tgone',
    ]
    await writeFile(join(root, 'results.tsv'), `${header}${table.join('\n')}\n`)
    await commitAll(root, '02:00:00', 'results of 17 experiments')
    const { source } = await into(sessionsOf(root), root, { dry: true })
    expect(source.warnings.map(({ code, experiments }) => [code, experiments])).toEqual([
      ['better-discarded', [1]],
      ['unmeasured-commit', []],
      ['missing-commit', [3]],
      ['discard-on-branch', [1]],
      ['other-words', [2]],
      ['count', []],
    ])
  })

  test('in a table that starts over, no commit of another session counts as never measured', async () => {
    const { root, commits } = await foreignSession()
    const [baseline, first, , second] = rows(commits)
    const again = `${short(commits.lost)}\t0.800000\t4.0\tkeep\tbaseline on H100`
    const last = `${short(commits.back)}\t0.790000\t4.0\tkeep\ttake the rate back`
    await writeFile(join(root, 'results.tsv'), `${header}${[baseline, first, second, again, last].join('\n')}\n`)
    await commitAll(root, '02:00:00', 'results of 5 experiments')
    const all = await allInto(sessionsOf(root), root, { dry: true })
    expect(all.map(({ id, experiments }) => [id, experiments])).toEqual([
      ['2026-03-05-a100-mar5', 3],
      ['2026-03-05-a100-mar5-2', 2],
    ])
    expect(all.map(({ source }) => source.warnings.map(({ code }) => code))).toEqual([
      ['several-sessions', 'hours'],
      ['several-sessions'],
    ])
  })

  test('gives the same session as a bundle', async () => {
    const { root } = await foreignSession()
    const bundle = join(root, '../session.bundle')
    await git(root, 'bundle', 'create', '-q', bundle, 'exp/A100/mar5')
    const [a, b] = [await into(join(root, '../a'), root), await into(join(root, '../b'), bundle)]
    const [x, y] = [await readSession(a.folder), await readSession(b.folder)]
    expect(y.experiments).toEqual(x.experiments)
    expect(y.session.source).toEqual({ kind: 'table', from: 'session.bundle' })
  })

  test('may have an uncommitted table, as karpathy/autoresearch leaves it, and --branch selects another branch', async () => {
    const { root } = await foreignSession()
    await git(root, 'rm', '-q', '--cached', 'results.tsv')
    await write(root, { '.gitignore': 'results.tsv\n' })
    await commitAll(root, '02:00:00', 'no table in git')
    await addRow(root, 'deadbe0\t0.91\t4.0\tdiscard\tone more')
    const loose = await into(sessionsOf(root), root)
    expect([loose.id, loose.experiments]).toEqual(['2026-03-05-a100-mar5', 6])
    const old = await into(sessionsOf(root), `file://${root}`, { branch: 'main' }).catch(
      (error: Error) => error.message,
    )
    expect(old).toBe('No results table was found in the branch main.')
    const none = into(sessionsOf(root), root, { branch: 'exp' })
    await expect(none).rejects.toMatchObject({ advice: 'There are: exp/A100/mar5, main.' })
  })

  test('with several branches, the one with most commits of its table is read', async () => {
    const { root, commits } = await foreignSession()
    await git(root, 'switch', '-q', '-c', 'later', `${commits.first}`)
    await writeTable(root, commits)
    await commitAll(root, '03:00:00', 'a table of commits that are not here')
    const { source } = await into(sessionsOf(root), root, { dry: true, table: 'results.tsv' })
    expect(source.git).toMatchObject({ branch: 'exp/A100/mar5', found: 2 })
  })
})

describe('collecting again', () => {
  test('changes nothing at first, then adds new rows', async () => {
    const { root } = await foreignSession()
    const { folder } = await into(sessionsOf(root), root)
    const before = await contents(folder)
    expect((await into(sessionsOf(root), root)).state).toBe('same')
    expect(await contents(folder)).toEqual(before)
    await addRow(root, 'deadbe0\t0.890000\t4.0\ttentative\tone more')
    const longer = await into(sessionsOf(root), root)
    expect([longer.state, longer.experiments, longer.changed]).toEqual(['longer', 6, []])
    expect((await readSession(folder)).experiments.at(-1)).toMatchObject({
      number: 5,
      status: 'unknown',
      metric: 0.89,
      decision: null,
    })
  })

  test('reports changed rows and refuses fewer rows, another session or a session run here', async () => {
    const { root, commits } = await foreignSession()
    const sessions = sessionsOf(root)
    const { id } = await into(sessions, root)
    const table = `${header}${rows(commits).join('\n').replace('0.990000', '0.980000')}\n`
    await writeFile(join(root, 'results.tsv'), table)
    expect(await into(sessions, root)).toMatchObject({ state: 'changed', changed: [2] })
    await writeFile(join(root, 'results.tsv'), table.split('\n').slice(0, 4).join('\n'))
    await expect(into(sessions, root)).rejects.toThrow('5 were collected before')
    const other = join(root, '../other.tsv')
    await writeFile(other, `${header}x\t2\t1\tkeep\tother\n`)
    await expect(into(sessions, other, { id })).rejects.toMatchObject({
      advice: expect.stringContaining('--session-id'),
    })
    await writeSession(sessions, { id: '2026-11-21-cpu-abcd-own', experiments: 2 })
    await expect(into(sessions, other, { id: '2026-11-21-cpu-abcd-own' })).rejects.toThrow(
      'a session that was run in this notebook',
    )
    await expect(into(sessions, other, { id: '../out' })).rejects.toThrow('is not a valid session id')
  })
})

describe('hostile sources', () => {
  test.each([
    ['--upload-pack=touch pwned'],
    ['ext::sh -c touch% pwned'],
    ['fd::7'],
    ['https://-oProxyCommand=x/y'],
    ['ssh://-oProxyCommand=x/y'],
    ['javascript://x'],
    ['-x@host:path'],
    ['git+ext::x'],
  ])('the address %s is refused', source => {
    expect(() => readAddress(source)).toThrow('cannot be collected')
  })

  test('an address may be https, ssh or git, and is recorded without its password', async () => {
    expect(readAddress('https://example.org/x.git')).toMatchObject({ protocol: 'https' })
    expect(readAddress('git@example.org:x/y.git')).toMatchObject({ protocol: 'ssh' })
    expect([readAddress('results.tsv'), readAddress('./a:b'), readAddress('C:\\x')]).toEqual([null, null, null])
    const failed = into(await scratch(), 'https://me:secret@localhost:1/x')
    await expect(failed).rejects.toThrow(/^git could not copy https:\/\/localhost:1\/x/)
  })

  test('hooks, filters, drivers, submodules and settings of a repository are never run', async () => {
    const { root, commits } = await foreignSession({ '.gitattributes': '*.py filter=evil diff=evil merge=evil\n' })
    const mark = join(root, '../pwned')
    const script = join(root, '../evil.sh')
    await writeFile(script, `#!/bin/sh\ntouch '${mark}'\n`)
    await chmod(script, 0o755)
    await write(root, {
      '.gitmodules': `[submodule "x"]\n\tpath = sub\n\turl = ext::${script}\n\tupdate = !${script}\n`,
    })
    await commitAll(root, '02:00:00', 'a submodule')
    for (const hook of [
      'post-checkout',
      'pre-commit',
      'reference-transaction',
      'post-index-change',
      'pre-receive',
      'fsmonitor-watchman',
    ]) {
      await writeFile(join(root, '.git/hooks', hook), `#!/bin/sh\ntouch '${mark}'\n`)
      await chmod(join(root, '.git/hooks', hook), 0o755)
    }
    const settings = [
      'filter.evil.smudge',
      'filter.evil.clean',
      'filter.evil.process',
      'diff.evil.textconv',
      'diff.evil.command',
      'diff.external',
      'core.fsmonitor',
      'core.pager',
      'core.sshCommand',
      'core.editor',
      'uploadpack.packObjectsHook',
      'core.alternateRefsCommand',
      'credential.helper',
      'alias.clone',
    ]
    for (const name of settings) await git(root, 'config', name, name === 'alias.clone' ? `!${script}` : script)
    await git(root, 'config', 'protocol.ext.allow', 'always')
    const { folder } = await into(sessionsOf(root), root)
    expect(await missing(mark)).toBe(true)
    expect(await readFile(files.patch(folder, 1), 'utf8')).toContain('-RATE = 0.1\n+RATE = 0.2\n')
    // They would have: git as the user has it runs the first of them at once.
    await git(root, 'diff', `${commits.base}`, `${commits.first}`).catch(() => {})
    expect(await missing(mark)).toBe(false)
  })

  test('a table that is a link is not followed', async () => {
    const { root } = await foreignSession()
    await git(root, 'rm', '-q', 'results.tsv')
    await writeFile(join(root, '../secret.tsv'), `${header}x\t2\t1\tkeep\tsecret\n`)
    await symlink('../secret.tsv', join(root, 'results.tsv'))
    await commitAll(root, '02:00:00', 'a link')
    await expect(into(sessionsOf(root), root)).rejects.toThrow('No results table was found')
  })

  test('sources over the size limits are an error', async () => {
    const { root } = await foreignSession()
    const bundle = join(root, '../session.bundle')
    await git(root, 'bundle', 'create', '-q', bundle, '--all')
    await expect(withGit(bundle, 'file', async () => 1, { bytes: 1000, seconds: 60 })).rejects.toThrow(
      'has more than 0 MB',
    )
  })

  test('markup and escapes in descriptions become plain text', async () => {
    const sessions = await scratch()
    const table = join(sessions, 'session.tsv')
    const lines = Object.values(hostile).map(
      (text, i) => `abc${i}def\t0.${9 - i}\t1.0\tkeep\t${text.replaceAll('\t', ' ')}`,
    )
    await writeFile(table, `${header}${lines.join('\n')}\n`)
    const { folder } = await into(join(sessions, 'in'), table)
    const { experiments } = await readSession(folder)
    expect(experiments[0]?.description).toBe('<script>window.pwned = 1</script>')
    for (const path of [files.experiments, files.mapping, files.results, files.report])
      expect(await readFile(path(folder), 'utf8')).not.toMatch(/\u001b|\\u001b|\u202e/)
    expect(await readFile(files.report(folder), 'utf8')).not.toMatch(/(?<![\\`])<script/)
  })
})

test('a table file becomes a session without times, and the pages show it', async () => {
  const root = await scratch()
  const table = join(root, 'results.tsv')
  await writeFile(
    table,
    `${header}a1b2c3d\t2\t1\tkeep\tstart\nb1b2c3d\t1\t1\tbest\tbetter\nc1b2c3d\t0.5\t1\tmaybe\tperhaps\n`,
  )
  const { id } = await into(join(root, 'in'), table, { tag: 'first' })
  expect(id).toBe('undated-unknown-first')
  const [session] = await readEntries(join(root, 'in'))
  if (session?.kind !== 'session') throw new Error('It was not read.')
  const shown = view(session)
  expect(shown).toMatchObject({ running: false, baseline: 2, best: 1, counts: { keep: 2, unknown: 1, discard: 0 } })
  expect(timeSpanText(shown.session)).toBe('not known')
  expect(answer(shown).title).toBe('Not confirmed: val_bpb 2.0000 → 1.0000 in single runs')
})

describe("another notebook's session", () => {
  const id = '2026-11-20-h100-kqzt-nov20'

  test('is copied file by file without its journal, and may grow', async () => {
    const root = await scratch()
    await writeSession(join(root, 'theirs'), { id, experiments: 6, descriptions: hostile })
    const theirs = join(root, 'theirs', id)
    await writeFile(files.journal(theirs), '{}\n')
    const found = await into(join(root, 'ours'), theirs)
    expect([found.id, found.state]).toEqual([id, 'new'])
    const { session, experiments } = await readSession(found.folder)
    expect(session.source).toEqual({ kind: 'session', from: id })
    expect(experiments[3]?.description).not.toContain('\u001b')
    expect(await readFile(files.patch(found.folder, 2), 'utf8')).toBe(await readFile(files.patch(theirs, 2), 'utf8'))
    expect(await missing(files.log(found.folder, 1, 1))).toBe(false)
    expect(await missing(files.journal(found.folder))).toBe(true)
    expect((await into(join(root, 'ours'), theirs)).state).toBe('same')
    await writeSession(join(root, 'theirs'), { id, experiments: 8, descriptions: hostile })
    expect((await into(join(root, 'ours'), theirs)).experiments).toBe(8)
    await expect(into(join(root, 'theirs'), theirs)).rejects.toThrow('is already in this notebook')
  })

  test('is read without following links, and invalid records are refused', async () => {
    const root = await scratch()
    await writeSession(join(root, 'theirs'), { id, experiments: 3 })
    const theirs = join(root, 'theirs', id)
    await writeFile(join(root, 'secret'), 'secret')
    await mkdir(join(theirs, 'runs/0000/9'), { recursive: true })
    await symlink(join(root, 'secret'), files.patch(theirs, 0))
    const { folder } = await into(join(root, 'ours'), theirs)
    expect(await missing(files.patch(folder, 0))).toBe(true)
    await writeFile(files.experiments(theirs), '{"number": -1}\n')
    await expect(into(join(root, 'ours'), theirs)).rejects.toThrow('experiments.jsonl:1: ')
    await writeFile(files.session(theirs), '{"schema": 2}')
    await expect(into(join(root, 'ours'), theirs)).rejects.toThrow('session.json: ')
  })
})

describe('the command', () => {
  test('prints the mapping, writes nothing with --dry-run, and its sessions cannot be resumed', async () => {
    const { root } = await foreignSession()
    const dry = await nightshift(root, 'collect', ['.', '--dry-run', '--json'])
    expect(dry.stderr).toContain('val_bpb → metric')
    expect(JSON.parse(dry.stdout)).toMatchObject({ state: 'dry', id: '2026-03-05-a100-mar5', experiments: 5 })
    expect(await missing(sessionsOf(root))).toBe(true)
    const written = await nightshift(root, 'collect', [
      '.',
      '--tag',
      'Mine',
      '--machine',
      'RTX 4090',
      '--budget',
      '5m',
      '--status',
      'discard=unknown',
    ])
    expect([written.exitCode, written.stderr]).toEqual([
      0,
      expect.stringContaining('2026-03-05-rtx-4090-mine, 5 rows: written'),
    ])
    const confirm = await nightshift(root, 'confirm', ['2026-03-05-rtx-4090-mine'])
    expect([confirm.exitCode, confirm.stderr]).toEqual([2, expect.stringContaining('2026-03-05-rtx-4090-mine')])
  })

  test.each([
    [{ goal: 'up' }, 1, '--goal up is not a goal'],
    [{ column: ['verdict=status'] }, 1, '--column verdict=status is not valid'],
    [{ status: ['best=great'] }, 1, '--status best=great is not valid'],
    [{ 'session-id': 'z' }, 2, '--session-id works with one source; 2 were given'],
    [{ budget: 'long' }, 1, '--budget long is not a duration'],
  ])('the flags %j for %i sources are an error', (values, sources, message) => {
    expect(() => readRequest(values, sources)).toThrow(message)
  })

  test('a missing source is an error that says what to give', async () => {
    await expect(into(await scratch(), 'nowhere')).rejects.toThrow('nowhere does not exist')
    await expect(into(await scratch(), await scratch())).rejects.toThrow('has no results table')
  })
})

test('a folder that may not be listed is one error that says what to do', async () => {
  const root = await scratch()
  const folder = join(root, 'closed')
  await mkdir(folder)
  await chmod(folder, 0o000)
  // The superuser may list every folder, unless it gives up the right to.
  const rights = ['--bounding-set', '-dac_override,-dac_read_search', '--inh-caps', '-dac_override,-dac_read_search']
  const given = process.getuid?.() === 0 ? ['setpriv', ...rights] : []
  const [program = '', ...args] = [...given, process.execPath, join(notebook, 'scripts/collect.ts'), folder]
  const { exitCode, stderr } = await execa(program, args, { cwd: root, reject: false })
  await chmod(folder, 0o700)
  expect(exitCode, stderr).toBe(2)
  expect(stderr).toContain('cannot be listed')
})
