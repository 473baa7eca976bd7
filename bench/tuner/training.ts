/** The real trainer as a function of its constants, for `pnpm bench tuner`. */
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { mean, sampleStandardDeviation } from 'simple-statistics'
import { constantsIn, isNone, withConstant } from '../../scripts/analysis/source/constants.ts'
import { Failure } from '../../scripts/lib/errors.ts'
import { notebook } from '../../scripts/lib/paths.ts'
import { openTerminal } from '../../scripts/lib/terminal/terminal.ts'
import { ensureTrainer, pythonFolder } from '../../scripts/lib/trainer.ts'

/** Searched constants: optimizer and initialisation. With a step budget, a larger model or batch would cost nothing. */
const SEARCHED = /_LR$|LR_|WARM|DECAY|BETA|MOMENTUM|INIT/

export interface Training {
  /** The searched constants, as lines of source. */
  source: string
  /** Mean and standard deviation of three runs of the unchanged source. */
  mean: number
  sigma: number
  /** val_bpb of a run; null if it crashed. */
  run(source: string, seed: number): Promise<number | null>
  close(): Promise<void>
}

/**
 * Runs have a step budget and one thread, so that other load does not matter: on a CPU a seed's value is reproducible
 * to the last digit.
 */
export async function openTraining(steps: number): Promise<Training> {
  await ensureTrainer(openTerminal(process.stderr))
  const folder = await mkdtemp(join(tmpdir(), 'nightshift-bench-'))
  for (const file of await readdir(join(notebook, 'trainer')))
    if (file.endsWith('.py')) await cp(join(notebook, 'trainer', file), join(folder, file))
  const file = await readFile(join(folder, 'train.py'), 'utf8')
  const constants = constantsIn(file).filter(constant => SEARCHED.test(constant.name) && !isNone(constant))
  const source = constants.map(({ name, raw }) => `${name} = ${raw}`).join('\n')
  const run = async (values: string, seed: number) => {
    const text = constantsIn(values).reduce((whole, { name, raw }) => withConstant(whole, name, raw), file)
    await writeFile(join(folder, 'train.py'), text)
    const env = { PATH: `${pythonFolder() ?? ''}:${process.env.PATH}`, NIGHTSHIFT_SEED: String(seed) }
    const { stdout, failed } = await execa('python', ['train.py'], {
      cwd: folder,
      env: { ...env, NIGHTSHIFT_STEPS: String(steps), OMP_NUM_THREADS: '1' },
      reject: false,
      timeout: 180_000,
    })
    const value = /^val_bpb:\s+(\S+)$/m.exec(stdout)?.[1]
    return failed || value === undefined ? null : Number(value)
  }
  const first = [await run(source, 1), await run(source, 2), await run(source, 3)].filter(value => value !== null)
  if (first.length < 3)
    throw new Failure('The unchanged trainer fails.', 'To see why: cd trainer && NIGHTSHIFT_STEPS=10 python train.py')
  return {
    source,
    mean: mean(first),
    sigma: sampleStandardDeviation(first),
    run,
    close: () => rm(folder, { recursive: true }),
  }
}
