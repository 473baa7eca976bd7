/** What `pnpm adopt` prints at its end: the changes, what they promise and score, and the next commands. */
import { relative } from 'node:path'
import { adoptionText, measuredText, promisedText, shortfallText } from '../../analysis/result/adoption.ts'
import { argument, command, shellWord } from '../../lib/command.ts'
import { experimentName } from '../../lib/format.ts'
import { notebook } from '../../lib/paths.ts'
import type { Terminal } from '../../lib/terminal/terminal.ts'
import { plural, sanitizeText } from '../../lib/text.ts'
import type { Experiment } from '../../record/schema.ts'
import type { Adopted } from './adopt.ts'

export function printAdopted(
  terminal: Terminal,
  id: string,
  { adoption, digest, repository }: Adopted,
  experiments: Experiment[],
): void {
  const { changes, leftOut, base, branch, measured } = adoption
  const described = (number: number) =>
    sanitizeText(experiments.find(each => each.number === number)?.description ?? '', 80)
  terminal.headline(`Adopted: ${adoptionText(adoption, digest)}.`)
  for (const { experiment, commit } of changes)
    terminal.step('adopted', `${commit.slice(0, 7)} ${experimentName(experiment)} ${described(experiment)}`)
  for (const { experiment, why } of leftOut.slice(0, MAX_LISTED))
    terminal.step('left out', `${experimentName(experiment)} ${described(experiment)}: ${why}`)
  if (leftOut.length > MAX_LISTED) terminal.step('left out', `${plural(leftOut.length - MAX_LISTED, 'further change')}`)
  const promised = promisedText(adoption, digest, measured?.baseline ?? digest.bestSingleRun?.baseline ?? 1)
  if (promised !== null) terminal.step('promised', promised)
  const found = measuredText(adoption, digest)
  terminal.step('measured', found ?? `nothing: ${adoption.notMeasured ?? 'it was not run'}`)
  if (found !== null && adoption.notMeasured !== null) terminal.step('note', adoption.notMeasured)
  const short = shortfallText(adoption)
  if (short !== null) terminal.step('', short)
  const inRepository = inFolder(repository.root)
  terminal.step('show', `git ${inRepository}log -p ${base.slice(0, 12)}..${argument(branch)}`)
  terminal.step('merge', `git ${inRepository}merge ${argument(branch)}`)
  terminal.step('propose', command(`post ${shellWord(id)} --to pull-request`))
}

const MAX_LISTED = 10

/** `-C path ` where the repository is not the folder that the command is typed in. */
function inFolder(root: string): string {
  if (root === process.cwd()) return ''
  const path = root === notebook ? relative(process.cwd(), root) || '.' : root
  return `-C ${argument(path)} `
}
