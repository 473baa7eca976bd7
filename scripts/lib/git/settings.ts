/**
 * The settings that git has in a repository: by default those that the user's configuration has at that moment; once
 * settings were kept for the repository, those. A run may write into `.git` and the user's home folder, and what is in
 * `config`, `info/` and `hooks/` there can name programs.
 */
import { mkdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * A folder that git takes for the repository's common directory: configuration and attributes of its own, and links to
 * the objects, refs and the rest.
 */
export interface KeptSettings {
  folder: string
  /** By name in the folder. */
  files: ReadonlyMap<string, string>
  /** What each link points to, by name in the folder. */
  links: ReadonlyMap<string, string>
}

/** Name of the file with what the user's and the system's configuration said. */
export const globalConfig = 'global'

/** By root of a checkout, and by common directory. */
const kept = new Map<string, KeptSettings>()

/** From now on git uses these settings in the checkout `root`, and in every worktree of the repository that has a git directory given. */
export function useSettings({ root, common }: { root: string; common: string }, settings: KeptSettings): void {
  kept.set(root, settings)
  kept.set(common, settings)
}

/**
 * Variables that make git use the settings kept for a repository; none where none are kept. What something changed in the
 * folder since is written again.
 * @param folder root of a checkout, or of a worktree whose git directory is given
 * @param gitDir `<common>/worktrees/<name>`
 */
export function settingsVariables(folder: string, gitDir?: string): Record<string, string> {
  const settings = kept.get(gitDir === undefined ? folder : dirname(dirname(gitDir)))
  if (settings === undefined) return {}
  if (!isWhole(settings)) writeSettings(settings)
  return {
    GIT_COMMON_DIR: settings.folder,
    GIT_CONFIG_GLOBAL: join(settings.folder, globalConfig),
    GIT_CONFIG_NOSYSTEM: '1',
  }
}

function isWhole({ folder, files, links }: KeptSettings): boolean {
  try {
    for (const [name, text] of files) if (readFileSync(join(folder, name), 'utf8') !== text) return false
    for (const [name, target] of links) if (readlinkSync(join(folder, name)) !== target) return false
    return true
  } catch {
    return false
  }
}

/** Writes the folder anew. It may hold passwords of addresses, so only the user can read it. */
export function writeSettings({ folder, files, links }: KeptSettings): void {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (const [name, text] of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text, { mode: 0o600 })
  }
  for (const [name, target] of links) symlinkSync(target, join(folder, name))
}
