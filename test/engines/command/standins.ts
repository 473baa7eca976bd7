/** Recipes of examples/launchers with programs that stand in for those of the launchers, which execute jobs on this machine. */
import { glob, mkdir, readFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { execa } from 'execa'
import { notebook } from '../../../scripts/lib/paths.ts'
import { type LauncherVerb, launcherVerbs } from '../../../scripts/program/commandEngine.ts'
import { type Finished, scratch } from '../../helpers/throwaway.ts'

export interface Standin {
  /** Folder of the stand-in's jobs and calls. */
  home: string
  /** What the recipe is called with; the environment is the caller's, with this. */
  env: Record<string, string>
  /** Path of the recipe. */
  recipe: string
}

/** @param recipe name of a file in examples/launchers */
export async function standin(recipe: string, finished: Finished, env: Record<string, string> = {}): Promise<Standin> {
  const home = await scratch(finished)
  const folder = join(home, 'jobs')
  await mkdir(folder)
  // Also the jobs of a test that failed.
  finished(() => endAll(folder))
  const programs = join(import.meta.dirname, 'standins')
  return {
    home: folder,
    recipe: join(notebook, 'examples/launchers', recipe),
    env: {
      ...env,
      STANDIN_HOME: folder,
      LAUNCHER_JOBS: folder,
      HOME: home,
      PYTHONDONTWRITEBYTECODE: '1',
      PATH: `${programs}${delimiter}${process.env.PATH}`,
    },
  }
}

async function endAll(folder: string): Promise<void> {
  for await (const path of glob('*/pid', { cwd: folder })) {
    const pid = Number(await readFile(join(folder, path), 'utf8'))
    try {
      process.kill(-pid, 'SIGKILL')
    } catch {
      // ESRCH: it has ended.
    }
  }
}

/** Calls a verb of the recipe. */
export const ask = ({ recipe, env }: Standin, verb: LauncherVerb, message: object) =>
  execa('python3', [recipe, verb], { env, input: JSON.stringify(message), reject: false })

/** The four commands as program.md has them. */
export const commandsOf = ({ recipe, env }: Standin) => {
  const words = Object.entries(env).map(([name, value]) => `'${name}=${value}'`)
  return Object.fromEntries(
    launcherVerbs.map(verb => [verb, `env ${words.join(' ')} python3 '${recipe}' ${verb}`]),
  ) as Record<LauncherVerb, string>
}

/** Lets the stand-in list jobs that it does not have. */
export const say = ({ home }: Standin, jobs: object[]) => writeFile(join(home, 'said.json'), JSON.stringify(jobs))

/** Calls of the stand-in that began with these words. */
export async function callsOf({ home }: Standin, ...words: string[]): Promise<string[][]> {
  const text = await readFile(join(home, 'calls'), 'utf8')
  const calls = text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as string[])
  return calls.filter(call => words.every((word, i) => call[i] === word))
}
