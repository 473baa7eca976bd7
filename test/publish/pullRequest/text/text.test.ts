/** Descriptions as reviewers get them: what is said first, what is not claimed, and whether their command works. */
import '../places.ts'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { jsonLine, jsonText } from '../../../../scripts/lib/text.ts'
import { TAKEN_OUT } from '../../../../scripts/record/files/adopted.ts'
import { files } from '../../../../scripts/record/files/paths.ts'
import { activeParts } from '../../../helpers/github.ts'
import { git, scratch } from '../../../helpers/throwaway.ts'
import { adopt } from '../adoption.ts'
import { post } from '../posting.ts'
import { type Made, userState } from '../sessions.ts'
import { setUp } from '../setUp.ts'

const bodyOf = async (place: Awaited<ReturnType<typeof setUp>>, flags = {}) => {
  const { plan } = await post(place.github, place.id, { flags, approves: false })
  return { title: plan?.texts[0]?.text ?? '', body: plan?.texts[1]?.text ?? '' }
}

/** Rewrites the records of the experiments. */
const rewrite = ({ folder, experiments }: Made, change: (e: Made['experiments'][number]) => object) =>
  writeFile(files.experiments(folder), experiments.map(e => jsonLine({ ...e, ...change(e) })).join(''))

const measuredByBranch = { gain: 0.01, baseline: 2.4, tip: 2.39, seeds: 4, looks: [4] }

test('a description begins with the result; the report is below, collapsed', async () => {
  const place = await setUp()
  const { title, body } = await bodyOf(place)
  expect(title).toBe('Lower val_bpb by 8.3%: 2 changes of train.py')
  expect(body).toMatch(
    /^With this branch val_bpb \(bits\/byte; lower is better\) goes from 2\.4005 to 2\.2005, 8\.3% lower: a change of −0\.2000 ± 0\.0038 \(95% interval\)\./,
  )
  expect([...body.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading)).toEqual([
    'What changes',
    'What was checked',
    'How to reproduce it',
    'The search in detail',
  ])
  expect(body).toContain('| RATE 1 to 2 | train.py | +1 −1 | −0.10000 |')
  expect(body).toContain('- Passed: only train.py changes, which the search was allowed to edit.')
  expect(body).toContain('- Not checked: memory: the runs before and after did not report their peak.')
  expect(body).toContain("- Not checked: the repository's own tests, and a person's review of the code")
  const [top = '', below = ''] = body.split('## The search in detail')
  expect(top).not.toContain('<details>')
  expect(below).toContain('<summary><b>What was kept</b></summary>')
  expect(below.match(/<details>/g)).toHaveLength(below.match(/<\/details>/g)?.length ?? 0)
})

test('the command runs before and after in turns in a clone, by sh and bash, and leaves its checkout', async () => {
  const run = `awk '/RATE/ { print "val_bpb: " $3 }' train.py; echo "holdout_bpb = $(cat "\${NIGHTSHIFT_DATA#folder:}/rows")$NIGHTSHIFT_SEED"\n# it's`
  const metric = { name: 'val_bpb', goal: 'minimize' as const, unit: null, holdout: 'holdout_bpb' }
  const setup = 'folder=$(printf %s "$NIGHTSHIFT_DATA" | cut -d: -f2); mkdir -p "$folder" && echo 7 >"$folder/rows"'
  const contract = { edit: ['train.py'], run, target: '.', seeds: 3, link: ['data'], setup, data: 'folder:data' }
  const seedUse = { use: 'read' as const, files: ['train.py'] }
  const place = await setUp({ over: { contract, metric, seedUse, readsBudget: false } })
  const { github, lab, id } = place
  await post(github, id)
  const [top = ''] = github.pulls[0]?.body.split('## The search in detail') ?? []
  const [prepare = '', block = ''] = [...top.matchAll(/```sh\n([\s\S]*?)\n```/g)].map(found => found[1])
  const clone = join(await scratch(onTestFinished), 'a clone')
  await execa('git', ['clone', '-q', github.remoteOf(lab), clone])
  await writeFile(join(clone, '.git/info/exclude'), 'data\n')
  await execa('sh', ['-c', prepare], { cwd: clone })
  await writeFile(join(clone, 'train.py'), 'RATE = 9\n')
  // On a disk that is not there now: it is the reader's all the same.
  await git(clone, 'worktree', 'add', '-q', '--detach', `${clone} elsewhere`)
  await rm(`${clone} elsewhere`, { recursive: true })
  const before = await userState(clone)
  const seed = Number(/for n in (\d+)/.exec(block)?.[1])
  const each = (n: number, side: string, value: number) => [
    `seed ${n}, ${side}: val_bpb: ${value}`,
    `seed ${n}, ${side}: holdout_bpb = 7${n}`,
  ]
  const pair = (n: number) => {
    const sides = [each(n, 'before', 1), each(n, 'after', 2)]
    return (n % 2 === 1 ? sides : sides.reverse()).flat()
  }
  for (const shell of ['sh', 'bash']) {
    const { stdout, stderr } = await execa(shell, ['-c', block], { cwd: clone })
    expect(stdout.split('\n'), shell).toEqual([...pair(seed), ...pair(seed + 1)])
    expect(stderr).toBe('')
  }
  expect(block).not.toContain('NIGHTSHIFT_BUDGET_S')
  expect(top).toContain('Their data is what the folder data, from the root of the repository, held on that machine.')
  expect(await userState(clone)).toEqual(before)
})

test('the machine and the versions of the numbers are named, and what of them is not recorded', async () => {
  const contract = { edit: ['train.py'], run: 'node --jitless train.py', target: '.', seeds: 3 }
  const { session, ...place } = await setUp({ over: { contract } })
  const known = await bodyOf({ session, ...place })
  expect(known.body).toContain(
    `with Python ${session.machine.python} and torch ${session.machine.torch}. The versions of other libraries are not recorded`,
  )
  await writeFile(
    files.session(place.folder),
    jsonText({ ...session, machine: { ...session.machine, python: null, torch: null } }),
  )
  const { body } = await bodyOf({ session, ...place })
  expect(body).toContain(
    'The versions of node and the libraries are not recorded; with others the change may be another.',
  )
})

test('an adopted branch is described by its own runs, and by those of confirm where it has the same files', async () => {
  const place = await setUp()
  await adopt(place)
  const { body } = await bodyOf(place)
  expect(body).toContain('goes from 2.4000 to 2.2100, 7.9% lower: a change of −0.1900 ± 0.0400 (95% interval).')
  expect(body).toContain('4 seeds each. The two were compared 2 times as they grew')
  expect(body).toContain('An earlier comparison of the same code gave −0.2000 ± 0.0038.')
  expect(body).toMatch(/2 commits, one a change\./)
})

test('a change by pairs, what is left out, and the memory of runs are explained', async () => {
  const contract = { edit: ['train.py'], run: 'python train.py', target: '.', seeds: 3, judge: 'paired' }
  const place = await setUp({ over: { contract } })
  await rewrite(place, ({ number, decision, runs }) => ({
    decision: decision && { ...decision, pairs: { count: 6, half: 0.01 } },
    runs: runs.map(run => ({ ...run, summary: { ...run.summary, peak_vram_mb: number === 0 ? 1024 : 2048 } })),
  }))
  await adopt(place, { leftOut: [{ experiment: 3, why: 'it was not chosen' }] })
  const { body } = await bodyOf(place)
  expect(body).toContain('the change is the average of the middle third of the differences in pairs')
  expect(body).toContain('2 commits, one a change. 1 more edit that the search kept is left out.')
  expect(body).toContain('so it need not equal the difference of the two averages.')
  expect(body).toContain('- Note: at its peak a run used 1.0 GB of memory before and 2.0 GB with the change')
  await adopt(place, { leftOut: [{ experiment: 3, why: TAKEN_OUT }] })
  expect((await bodyOf(place)).body).toContain('is left out, taken out again by the search as likely luck.')
  const three = {
    gain: 0.19,
    interval: [0.15, 0.23] as [number, number],
    baseline: 2.4,
    tip: 2.21,
    seeds: 3,
    looks: [3],
    verdict: 'better' as const,
  }
  await adopt(place, { measured: three })
  const fewer = await bodyOf(place)
  expect(fewer.body).toContain('3 seeds each.')
  expect(fewer.body).not.toMatch(/middle third of the differences in pairs|difference of the two averages|left out/)
})

test('without runs of its own a choice of changes is called not confirmed, with why, and no check of other code', async () => {
  const place = await setUp()
  await adopt(place, {
    messages: ['Set RATE to 2'],
    isConfirmedCode: false,
    chosen: 'only',
    measured: null,
    notMeasured: 'It was made with --no-run',
    promised: { by: 'sum', gain: 0.1, interval: null },
    shortfall: null,
  })
  const { title, body } = await bodyOf(place)
  expect(title).toBe('Set RATE to 2')
  expect(body).toMatch(/^Not confirmed: this branch was not compared/)
  expect(body).toContain('It was made with --no-run.')
  expect(body).toContain('val_bpb changed by −0.1000, the sum of the single changes. Selected as the best of 2')
  expect(body).toContain('- Not checked: holdout_bpb, on data that the search did not use: of this choice of changes')
  expect(body).not.toContain('- Passed: the improvement')
  expect(body.split('## The search')[0]).not.toContain('2.2005')
})

test('a branch that gained less than was promised, or nothing, says so first', async () => {
  const place = await setUp()
  const shortfall = { isBeyondChance: true, suspects: [] }
  const measured = {
    ...measuredByBranch,
    interval: [-0.02, 0.04] as [number, number],
    verdict: 'inconclusive' as const,
  }
  await adopt(place, { measured, shortfall })
  const { title, body } = await bodyOf(place)
  expect(title).toBe('2 changes of train.py (val_bpb: no gain shown)')
  expect(body).toMatch(/^Not shown to be better: .* −0\.0100 ± 0\.0300 \(95% interval\), which includes zero\./)
  expect(body).toContain('That is less than what was measured before, −0.2000, by more than chance.')
  expect(body).toContain('- Not passed: whether the improvement is more than noise')
})

test('files that the search was not allowed to edit are named', async () => {
  const place = await setUp()
  const { root } = place
  const { branch } = await adopt(place)
  await git(root, 'switch', '-q', branch)
  await writeFile(join(root, 'evaluate.py'), 'print(1)\n')
  await git(root, 'add', 'evaluate.py')
  await git(root, 'commit', '-q', '-m', 'Print one')
  await git(root, 'switch', '-q', 'main')
  const { body } = await bodyOf(place)
  expect(body).toContain('- Not passed: the branch also changes evaluate.py, which the search was not allowed to edit.')
  expect(body).toContain('2 commits, one a change and 1 commit that somebody added later.')
  expect(body).toMatch(/1 commit of the branch came after these runs, which are of `\w{7}`\./)
})

test('records that the branch adds are named, too', async () => {
  const place = await setUp()
  const { body } = await bodyOf(place, { 'with-session': true })
  expect(body).toContain(`Besides, it adds the records of the search in sessions/${place.id}.`)
})

test('hypotheses are told as untested words of the proposer, and do nothing on GitHub', async () => {
  const place = await setUp()
  await rewrite(place, e =>
    e.number === 0
      ? {}
      : {
          hypothesis: 'A larger rate, see #12 @karpathy <!-- x -->',
          agent: { ...e.agent, use: 'claude', model: 'opus' },
        },
  )
  const { body } = await bodyOf(place)
  expect(body).toContain('Why, in the words of the proposers: expectations before the run, which nothing has tested.')
  expect(body).toContain('- RATE 1 to 2 (0001): A larger rate')
  expect(body).toContain('Proposed by AI: claude, opus (2 edits).')
  expect(activeParts(body)).toEqual([])
})
