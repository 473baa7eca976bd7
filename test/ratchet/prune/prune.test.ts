import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { withPatch } from '../../../scripts/analysis/source/tree.ts'
import { readSide } from '../../../scripts/compare/read.ts'
import { files } from '../../../scripts/record/files/paths.ts'
import { readSource } from '../../../scripts/record/files/source.ts'
import { git, nightshift } from '../../helpers/throwaway.ts'
import { commitOf, needy, open, run, set, steps, target, trainer } from './doubtful.ts'

const slow = { timeout: 120_000 }
const [plain = '', lucky = '', ...bad] = steps

test(
  'a doubtful keep is taken out before confirm; the branch keeps it, and the pruned head is confirmed',
  slow,
  async () => {
    const root = await target()
    const printed = await run(root)
    const { session, experiments, digest, finals, folder, id } = await open(root)
    expect(experiments.map(e => e.status)).toEqual(['keep', 'keep', 'keep', 'discard', 'discard', 'discard'])
    const head = experiments[2]
    const final = await commitOf(root, 'autoresearch/try-final')

    // One decision, before confirm, with the P(real) then.
    expect(finals).toHaveLength(1)
    const [{ experiment, pReal } = { experiment: 0, pReal: 1 }] = finals[0]?.removed ?? []
    expect(experiment).toBe(2)
    expect(pReal).toBeLessThan(0.4)
    expect(session.final).toEqual(finals[0])
    expect(session.final).toMatchObject({
      head: 2,
      commit: final,
      branch: 'autoresearch/try-final',
      keptBack: [],
      why: null,
    })

    // The branch has every commit; the pruned head is one commit on top of it, without the one change.
    expect(await commitOf(root, 'autoresearch/try')).toBe(head?.commit)
    expect(await commitOf(root, 'autoresearch/try-final^')).toBe(head?.commit)
    expect(await commitOf(root, 'refs/autoresearch/try/0002-final')).toBe(final)
    const taken = await git(root, 'diff', '--unified=0', 'autoresearch/try', 'autoresearch/try-final')
    expect(taken.split('\n').filter(line => /^[-+]\w/.test(line))).toEqual(['-const LUCKY = 1', '+const LUCKY = 0'])

    // Confirm ran the pruned head: without the change that costs 0.1 on other seeds. The baseline's planned run counts too.
    const confirms = head?.runs.filter(r => r.purpose === 'confirm') ?? []
    expect(confirms.length).toBeGreaterThan(1)
    expect(confirms.every(r => r.commit === final)).toBe(true)
    expect(digest.confirmed).toMatchObject({ verdict: 'better', seeds: confirms.length })
    expect(digest.confirmed?.gain).toBeCloseTo(0.2, 2)

    // The final configuration is the pruned head's.
    const patch = await readFile(files.finalPatch(folder), 'utf8')
    const applied = withPatch(await readSource(folder), patch)?.get('train.js')
    expect(applied).toBe(`${await git(root, 'show', 'autoresearch/try-final:train.js')}\n`)
    expect(digest.constants.map(c => [c.name, c.baseline, c.head])).toEqual([['PLAIN', '0', '1']])

    // Digest, report and terminal say so.
    expect(digest.final).toEqual({
      kind: 'pruned',
      experiment: 2,
      commit: final,
      branch: 'autoresearch/try-final',
      removed: [{ experiment: 2, pReal }],
      notRemoved: [],
      why: null,
    })
    expect(digest.kept.map(k => k.experiment)).toEqual([1, 2])
    const percent = `${Math.round(100 * pReal)}%`
    expect(printed).toContain(`removed 0002 from the head (P(real) ${percent}); branch autoresearch/try-final`)
    expect(printed).toContain(
      `The final is the head without 0002: by the runs before confirm, the P(real) of this change was only ${percent}.`,
    )
    expect(printed).toContain('branch    autoresearch/try-final has the final')
    const report = await readFile(files.report(folder), 'utf8')
    expect(report).toContain('baseline and the head without 0002 were run again')
    expect(report).toContain('The final is the head without 0002: by the runs before confirm')
    expect(report).toContain(`0002 “LUCKY to 1”: taken out before confirm, when P(real) was ${percent}`)
    expect(report).toMatch(/\| 0002 \| LUCKY to 1 \\?\[taken out\\?\] \|/)
    expect(report).toContain(`git switch --detach ${final}`)

    // A comparison reads the pruned head's runs.
    const { side } = await readSide(folder)
    expect((side.confirmed?.gain ?? 0) * (side.baseline ?? 0)).toBeCloseTo(0.2, 2)
    expect(side.settings.values.find(s => s.name === 'LUCKY')).toMatchObject({ baseline: '0', head: '0' })

    // A later confirm neither decides again nor mixes the runs of head and pruned head.
    const again = await nightshift(root, 'confirm', [id, '--seeds', '1'])
    expect(again.exitCode, again.stderr).toBe(0)
    const after = await open(root)
    expect(after.finals).toEqual(finals)
    expect(after.digest.confirmed?.seeds).toBe(confirms.length + 1)
    expect(after.digest.confirmed?.gain).toBeCloseTo(0.2, 2)
    const ablated = await nightshift(root, 'confirm', [id, '--ablate'])
    expect(ablated.exitCode, ablated.stderr).toBe(0)
    // What was taken out is not taken out again.
    expect((await open(root)).experiments[2]?.runs.some(r => r.purpose === 'ablate')).toBe(false)
  },
)

test('a pruned head that does not run gives way to the head, and its branch goes', slow, async () => {
  const root = await target({ steps: [lucky, plain, ...bad], trainer: needy })
  const printed = await run(root)
  const { session, experiments, digest, finals, folder } = await open(root)
  expect(experiments.map(e => e.status).slice(0, 3)).toEqual(['keep', 'keep', 'keep'])
  expect(finals.map(f => [f.head, f.removed.map(r => r.experiment)])).toEqual([
    [2, [1]],
    [2, []],
  ])
  expect(session.final?.commit).toBe(experiments[2]?.commit)
  expect(session.final?.why).toContain('the pruned head did not run (crash: exit code 1: Error: needs LUCKY')
  expect(session.final?.keptBack).toMatchObject([{ experiment: 1, why: 'the head did not run without it' }])
  expect(await commitOf(root, 'autoresearch/try-final')).toBeNull()
  expect(await commitOf(root, 'refs/autoresearch/try/0002-final')).toBe(finals[0]?.commit)
  await expect(readFile(files.finalPatch(folder))).rejects.toThrow('ENOENT')
  // The head was confirmed; the failed run of the pruned head is neither its run nor its failure.
  expect(digest.final).toMatchObject({ kind: 'head', removed: [], notRemoved: [{ experiment: 1 }] })
  expect(digest.confirmed?.gain).toBeCloseTo(0.1, 1)
  expect(printed).toContain('the head is confirmed as it is: the pruned head did not run')
  const report = await readFile(files.report(folder), 'utf8')
  expect(report).toContain('The final is the head with all of its changes: the pruned head did not run')
  expect(report).not.toContain('runs of confirm failed')
  expect(report).toContain('stays in: the head did not run without it')
})

test('changes of the same line are taken out newest first', slow, async () => {
  const root = await target({ steps: [plain, lucky, set('LUCKY', 2), ...bad] })
  await run(root, 6)
  const { digest, finals } = await open(root)
  // Newest first: without 0003 the line is as 0002 left it, so 0002 can go too.
  expect(finals[0]?.removed.map(r => r.experiment)).toEqual([3, 2])
  expect(digest.final?.removed.map(r => r.experiment)).toEqual([3, 2])
})

test('a change that later ones need stays, with the reason', slow, async () => {
  // A real change of the same line came later.
  const near = trainer.replace(
    'LUCKY * (seed == 1 ? -0.0002 : 0.1)',
    '(LUCKY == 2 ? -0.3 : LUCKY * (seed == 1 ? -0.0002 : 0.1))',
  )
  const stuck = await target({ steps: [plain, lucky, set('LUCKY', 2), ...bad], trainer: near })
  const printed = await run(stuck, 6)
  const found = await open(stuck)
  expect(found.finals[0]).toMatchObject({ removed: [], why: null, keptBack: [{ experiment: 2 }] })
  expect(found.digest.final).toMatchObject({
    kind: 'head',
    notRemoved: [{ experiment: 2, why: 'later changes touch the same lines of train.js' }],
  })
  expect(await commitOf(stuck, 'autoresearch/try-final')).toBeNull()
  expect(printed).toContain('0002 stays: later changes touch the same lines of train.js')
})

test('where every keep is doubtful, the head is confirmed as it is, and the report says why', slow, async () => {
  const worse = [-0.02, -0.03, -0.04].map(value => set('PLAIN', value))
  const root = await target({ steps: [lucky, ...bad, ...worse] })
  await run(root, 7)
  const { session, experiments, digest, folder } = await open(root)
  expect(session.final).toMatchObject({ head: 1, removed: [], commit: experiments[1]?.commit, branch: null })
  expect(digest.final).toMatchObject({
    kind: 'head',
    why: expect.stringContaining('every kept change has a P(real) under 40%'),
  })
  expect(digest.confirmed?.gain).toBeCloseTo(-0.1, 2)
  expect(await readFile(files.report(folder), 'utf8')).toContain('every kept change has a P(real) under 40%')
})

test('with prune: false the head is confirmed and nothing is decided', slow, async () => {
  const root = await target({ more: 'prune: false\n' })
  const printed = await run(root)
  const { session, digest, finals } = await open(root)
  expect(finals).toEqual([])
  expect(session.final).toBeUndefined()
  expect(digest.final).toMatchObject({ kind: 'head', experiment: 2, removed: [], notRemoved: [], why: null })
  expect(digest.confirmed?.gain).toBeCloseTo(0.1, 2)
  expect(printed).not.toContain('prune ')
})

// git cannot have a branch below another one.
const taken = ['autoresearch/try-final', 'autoresearch/try-final/mine']

test.each(taken)("a branch %s that is not the session's is left alone", slow, async mine => {
  const root = await target()
  await git(root, 'branch', mine)
  const before = await commitOf(root, mine)
  const printed = await run(root)
  const { session, digest, id } = await open(root)
  expect(await commitOf(root, mine)).toBe(before)
  expect(session.final).toMatchObject({ branch: null, removed: [{ experiment: 2 }] })
  expect(await commitOf(root, 'refs/autoresearch/try/0002-final')).toBe(session.final?.commit)
  expect(digest.confirmed?.gain).toBeCloseTo(0.2, 2)
  expect(printed).toContain("the branch autoresearch/try-final is another's")
  const again = await nightshift(root, 'confirm', [id, '--seeds', '1'])
  expect(again.exitCode, again.stderr).toBe(0)
  expect(await commitOf(root, mine)).toBe(before)
})

test('a session that goes on and keeps more decides anew for its new head', slow, async () => {
  // The last step is real: after it the head is another one.
  const root = await target({ steps: [plain, lucky, ...bad, set('PLAIN', 2)] })
  await run(root)
  const { id, finals } = await open(root)
  const resumed = await nightshift(root, 'session', ['--resume', id, '--experiments', '6'])
  expect(resumed.exitCode, resumed.stderr).toBe(0)
  const after = await open(root)
  expect(after.finals.map(f => f.head)).toEqual([2, 6])
  expect(after.finals[0]).toEqual(finals[0])
  expect(await commitOf(root, 'autoresearch/try-final')).toBe(after.finals[1]?.commit)
  expect(await commitOf(root, 'autoresearch/try-final^')).toBe(after.experiments[6]?.commit)
  expect(await commitOf(root, 'refs/autoresearch/try/0002-final')).toBe(finals[0]?.commit)
  // Baseline and final share not all of their seeds, so seeds do not cancel.
  expect(after.digest.confirmed?.gain).toBeCloseTo(0.4, 2)
})
