import { describe, expect, test } from 'vitest'
import { gitIn } from '../../../scripts/lib/git/git.ts'
import { notebook } from '../../../scripts/lib/paths.ts'
import { trackedFiles } from '../../../scripts/ratchet/train/freeze.ts'
import { measurementOf } from '../../../scripts/ratchet/train/measurement.ts'
import { seedUseOf } from '../../../scripts/ratchet/train/seedUse.ts'
import { commandFile, type TargetPaths } from '../../../scripts/ratchet/train/targetSearch.ts'
import { git, repository } from '../../helpers/throwaway.ts'

const contract: TargetPaths = { run: 'python train.py', target: '.', edit: ['train.py'], freeze: null }

/** What a repository with these files shows about its seed and its values. */
async function inspect(contents: Record<string, string>, over: Partial<TargetPaths> = {}) {
  const root = await repository(contents)
  const [of, commit] = [gitIn(root), await git(root, 'rev-parse', 'HEAD')]
  const tracked = await trackedFiles(of, commit)
  const paths = { ...contract, ...over }
  return {
    seed: await seedUseOf(of, commit, paths, tracked),
    values: await measurementOf(of, commit, paths, 'val_bpb', tracked),
  }
}

const karpathy = {
  'train.py':
    'from prepare import evaluate_bpb\ntorch.manual_seed(42)\ntorch.cuda.manual_seed(42)\nprint(f"val_bpb: {evaluate_bpb()}")',
  'prepare.py': 'def evaluate_bpb(): return 1.0',
  'program.md': 'Read NIGHTSHIFT_SEED? Not here.',
}
const reader = 'seed = int(os.environ["NIGHTSHIFT_SEED"])'

test("a target like karpathy/autoresearch's fixes its seed, and its values are the run's own word", async () => {
  const { seed, values } = await inspect(karpathy)
  expect(seed).toEqual({ use: 'fixed', files: ['train.py'] })
  expect(values).toEqual({ evaluation: null, command: null })
})

test("this repository's trainer reads the seed, and its frozen evaluation writes the value", async () => {
  const of = gitIn(notebook)
  const commit = await of.raw('rev-parse', 'HEAD')
  const tracked = await trackedFiles(of, commit)
  const paths = { ...contract, target: 'trainer', edit: ['trainer/train.py'] }
  expect(await seedUseOf(of, commit, paths, tracked)).toEqual({ use: 'read', files: ['trainer/train.py'] })
  expect((await measurementOf(of, commit, paths, 'val_bpb', tracked)).evaluation).toBe('trainer/evaluation.py')
})

describe('the seed is read', () => {
  test.each<[string, Record<string, string>, Partial<TargetPaths>]>([
    ['in the editable file', { 'train.py': reader }, {}],
    [
      'by a shell script that passes it',
      { 'train.py': '', 'run.sh': 'python train.py --seed $NIGHTSHIFT_SEED' },
      { run: './run.sh' },
    ],
    ['in the run command', karpathy, { run: 'python train.py --seed $NIGHTSHIFT_SEED' }],
    ['by a configuration file', { 'train.py': '', 'conf/run.yaml': 'seed: !env NIGHTSHIFT_SEED' }, {}],
    [
      'in an editable file outside of the target folder',
      { 'src/model.py': reader, 'lab/train.py': '' },
      { target: 'lab', edit: ['src/model.py'] },
    ],
    ['in a program that git takes for binary', { 'train.py': '', bench: 'a\0NIGHTSHIFT_SEED\0' }, { run: './bench' }],
  ])('%s', async (_, contents, over) => {
    expect((await inspect(contents, over)).seed.use).toBe('read')
  })
})

test.each([
  'torch.manual_seed(1337)',
  'SEED = 7',
  'seed: 0',
  'parser.add_argument("--seed", type=int, default=42)',
  'rng = np.random.default_rng(0)',
  'let mut rng = StdRng::seed_from_u64(42);',
])('%s sets a seed', async line => {
  expect((await inspect({ 'train.py': `${line}\n` })).seed).toEqual({ use: 'fixed', files: ['train.py'] })
})

test('a target without random numbers, or with numbers that nothing fixes, sets none', async () => {
  const contents = {
    'train.py': 'x = random.random()\n# seedlings of 12 plants',
    'README.md': 'NIGHTSHIFT_SEED',
    'data.csv': 'seed,1',
  }
  expect((await inspect(contents)).seed).toEqual({ use: 'none', files: [] })
})

test('what the files cannot show stays unknown', async () => {
  const elsewhere = { 'lab/train.py': '', 'common/start.py': reader }
  expect((await inspect(elsewhere, { target: 'lab', edit: ['lab/train.py'] })).seed).toEqual({
    use: 'unknown',
    files: ['common/start.py'],
  })
  expect((await inspect({ 'train.py': '' }, { run: 'mytrainer --config base' })).seed.use).toBe('unknown')
})

test("the word in a copy of Nightshift's own code says nothing about a target beside it", async () => {
  const copy = {
    'tools/nightshift/scripts/ratchet/train/train.ts': 'NIGHTSHIFT_SEED: String(seed)',
    'tools/nightshift/trainer/train.py': reader,
  }
  expect((await inspect({ ...karpathy, ...copy })).seed.use).toBe('fixed')
  const clone = {
    'scripts/ratchet/train/train.ts': 'NIGHTSHIFT_SEED',
    'mine/train.py': 'torch.manual_seed(1)',
    'examples/x/run.js': 'NIGHTSHIFT_SEED',
  }
  expect((await inspect(clone, { target: 'mine', edit: ['mine/train.py'] })).seed).toEqual({
    use: 'fixed',
    files: ['mine/train.py'],
  })
  expect(
    (await inspect(clone, { run: 'node run.js', target: 'examples/x', edit: ['examples/x/run.js'] })).seed.use,
  ).toBe('read')
})

test('a value rests on a frozen evaluation, on a frozen script that names the metric, or on neither', async () => {
  const evaluation = { 'train.py': 'import judge', 'judge.py': 'open(os.environ["NIGHTSHIFT_EVAL"])' }
  expect((await inspect(evaluation)).values.evaluation).toBe('judge.py')
  // The editable file writes it by itself.
  expect((await inspect({ 'train.py': 'NIGHTSHIFT_EVAL' })).values).toEqual({ evaluation: null, command: null })
  const script = { 'train.py': '', 'evaluate.py': 'print("val_bpb:", score())', 'start.sh': 'python train.py' }
  expect((await inspect(script, { run: 'python evaluate.py' })).values.command).toBe('evaluate.py')
  // It only starts the editable file, which prints the value.
  expect((await inspect(script, { run: 'sh start.sh' })).values.command).toBeNull()
})

test('the file that a command names', () => {
  const tracked = ['train.py', 'src/train.py', 'src/pkg/__main__.py', 'run.sh']
  const of = (run: string, target = '.') => commandFile({ run, target }, tracked)
  expect(of('uv run train.py --fast')).toBe('train.py')
  expect(of('uv run train.py', 'src')).toBe('src/train.py')
  expect(of('python -m src.train')).toBe('src/train.py')
  expect(of('python -m pkg', 'src')).toBe('src/pkg/__main__.py')
  expect(of('./run.sh')).toBe('run.sh')
  expect(of('cd src && python pkg/__main__.py')).toBe('src/pkg/__main__.py')
  expect(of('make bench')).toBeNull()
})
