/** Processes that outlive the command that started them. */
import { readdirSync, readFileSync } from 'node:fs'

/** Two processes that live on; their arguments have the mark, not only their environment. */
export const leaveTwo = (mark: string) => `
  (setsid env -i perl -e 'sleep 60' ${mark} &)
  (perl -e 'sleep 60' ${mark} &)
  exit 3`

/** Their number; zombies have no arguments. */
export const living = (mark: string) => {
  const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name))
  return pids.filter(pid => {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0')
      return words[0] === 'perl' && words.at(-2) === mark
    } catch {
      return false // It has ended.
    }
  }).length
}
