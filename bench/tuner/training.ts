/** The trainer as a function of its source: what `pnpm bench tuner` searches for real. */
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { mean, sampleStandardDeviation } from 'simple-statistics'
import { constantsIn, withConstant } from '../../scripts/analysis/source/constants.ts'
import { Failure } from '../../scripts/lib/errors.ts'
import { notebook } from '../../scripts/lib/paths.ts'
import { openTerminal } from '../../scripts/lib/terminal.ts'
import { ensureTrainer, pythonFolder } from '../../scripts/lib/trainer.ts'

/** A larger model costs nothing where steps are counted instead of seconds, so its shape and the batch stay. */
const SEARCHED = /RATE$|WARM|DECAY|BETA|MOMENTUM|CLIP|INIT/

export interface Training {
  /** The lines of the trainer's file that are searched. */
  source: string
  /** Of three runs of the source as it is: their mean and standard deviation. */
  mean: number
  sigma: number
  /** val_bpb of a run; null when it crashed. */
  run(source: string, seed: number): Promise<number | null>
  close(): Promise<void>
}

/**
 * A run has a number of steps and one thread instead of a time budget, so that what else the machine does changes
 * nothing: on a CPU a seed's value is the same to the last digit.
 */
export async function openTraining(steps: number): Promise<Training> {
  await ensureTrainer(openTerminal(process.stderr))
  const folder = await mkdtemp(join(tmpdir(), 'nightshift-bench-'))
  for (const file of await readdir(join(notebook, 'trainer')))
    if (file.endsWith('.py')) await cp(join(notebook, 'trainer', file), join(folder, file))
  const file = await readFile(join(folder, 'train.py'), 'utf8')
  const constants = constantsIn(file).filter(({ name }) => SEARCHED.test(name))
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
    throw new Failure(
      'The trainer does not run as it is.',
      'Look at: cd trainer && NIGHTSHIFT_STEPS=10 python train.py',
    )
  return {
    source,
    mean: mean(first),
    sigma: sampleStandardDeviation(first),
    run,
    close: () => rm(folder, { recursive: true }),
  }
}
