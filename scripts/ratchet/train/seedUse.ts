/** Whether a target takes its seed from NIGHTSHIFT_SEED. Where it does not, another seed is not another seed. */
import type { Git } from '../../lib/git/git.ts'
import type { SeedUse } from '../../record/schema.ts'
import { commandFile, searchTarget, type TargetPaths } from './targetSearch.ts'

const variable = 'NIGHTSHIFT_SEED'

/**
 * A line that sets a seed to a number, in the common languages and configuration files: `torch.manual_seed(42)`,
 * `SEED = 1337`, `"seed": 0`, `--seed 7`, `add_argument("--seed", type=int, default=42)`, `np.random.default_rng(0)`.
 */
const seedSetting = [
  `seed[a-z0-9_]*["']?[[:space:]]*[(=:, ][[:space:]]*[0-9]`,
  `seed["'].*default[[:space:]]*=[[:space:]]*[0-9]`,
  String.raw`(default_rng|RandomState|PRNGKey|srand)[[:space:]]*\([[:space:]]*[0-9]`,
]

/** Programs that run what the repository holds without naming a file of it. */
const builders = /^(make|just|npm|npx|pnpm|yarn|cargo|go|bazel|gradle|mvn|dotnet|pytest|tox|nox)$/

const MAX_FILES = 3

/**
 * Reads the target's files at a commit. What they do not show stays unknown: a file of the repository outside of the
 * target that names the variable, or a run command that starts a program from elsewhere. Paths in `link` and submodules
 * are not searched.
 *
 * @param tracked every file of the commit
 */
export async function seedUseOf(git: Git, commit: string, contract: TargetPaths, tracked: string[]): Promise<SeedUse> {
  if (contract.run.includes(variable)) return { use: 'read', files: [] }
  const naming = await searchTarget(git, commit, contract, tracked, ['-F', '-e', variable])
  if (naming.target.length > 0) return { use: 'read', files: naming.target.slice(0, MAX_FILES) }
  if (naming.elsewhere.length > 0) return { use: 'unknown', files: naming.elsewhere.slice(0, MAX_FILES) }
  const program = contract.run.trim().split(/\s/)[0] ?? ''
  if (commandFile(contract, tracked) === null && !builders.test(program)) return { use: 'unknown', files: [] }
  if (/seed[ =]+\d/i.test(contract.run)) return { use: 'fixed', files: [] }
  const patterns = seedSetting.flatMap(pattern => ['-e', pattern])
  const setting = await searchTarget(git, commit, contract, tracked, ['-I', '-i', '-E', ...patterns])
  return { use: setting.target.length > 0 ? 'fixed' : 'none', files: setting.target.slice(0, MAX_FILES) }
}
