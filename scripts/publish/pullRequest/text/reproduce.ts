/** One command that runs the code before and after again, in any clone of the repository. Pure. */
import type { RootContent } from 'mdast'
import { argument } from '../../../lib/command.ts'
import { duration } from '../../../lib/format.ts'
import { sanitizeText } from '../../../lib/text.ts'
import type { Experiment } from '../../../record/schema.ts'
import { commands, paragraph } from '../../../report/nodes.ts'
import { type Facts, isOnNewSeeds } from './facts.ts'

/** Runs of each side, where nothing was run again. */
const USUAL_RUNS = 3

export function reproduceSection(facts: Facts): RootContent[] {
  const { input, proposal, fetch, compared } = facts
  const { session, digest, experiments } = input
  const { run, target, setup, env } = session.contract
  const { base, tip } = proposal
  const begin = `git fetch ${argument(fetch.address)} ${argument(fetch.branch)}`
  if (typeof run !== 'string')
    return [
      paragraph('How to run it is not recorded. This shows the whole change:'),
      commands([`${begin} && git diff ${base} ${tip}`]),
    ]
  const count = Math.min(compared?.runs ?? USUAL_RUNS, 20)
  const isSeeded = digest.seeds.use === 'read' || digest.seeds.use === 'unknown'
  const first = 1 + Math.max(0, ...experiments.flatMap(e => e.runs.map(({ seed }) => seed)))
  const numbers = Array.from({ length: count }, (_, i) => (isSeeded ? first + i : i + 1))
  const splits = session.metric.holdout === null ? 'val' : 'val,holdout'
  const variables = [
    ...(isSeeded ? ['NIGHTSHIFT_SEED=$n'] : []),
    ...(session.budget === null ? [] : [`NIGHTSHIFT_BUDGET_S=${session.budget}`]),
    `NIGHTSHIFT_SPLITS=${splits}`,
  ]
  const wanted = [session.metric.name, session.metric.holdout].flatMap(name =>
    name === null ? [] : ['-e', argument(name)],
  )
  const folder = typeof target === 'string' && target !== '.' ? `cd ${argument(target)} && ` : ''
  const passed = Array.isArray(env) ? env.map(String) : []
  return [
    paragraph(
      `In a clone of this repository in which the code runs, without uncommitted changes. It prints ${session.metric.name} of ${base.slice(0, 7)} (before) and ${tip.slice(0, 7)} (this branch), ${count === 1 ? 'one run' : `${count} runs`} of each${isOnNewSeeds(digest.seeds) ? ', on seeds that no run has used' : ''}, and goes back to where you were${timeText(experiments, count)}.`,
      'The variables tell the code its seed, its training time and the data to score, where it reads them.',
      passed.length === 0 ? '' : `The runs had these variables of the environment: ${passed.join(', ')}.`,
    ),
    commands([
      ...(session.source === undefined
        ? []
        : [`# the command of the runs is from ${sanitizeText(session.source.from, 80)}: read it before you run it`]),
      ...(typeof setup === 'string' ? [`# to prepare: ${folder}${setup}`] : []),
      'back=$(git symbolic-ref --short -q HEAD || git rev-parse HEAD)',
      `${begin} && for commit in ${base} ${tip}; do`,
      `  git switch --quiet --detach $commit || break; echo "commit $commit"`,
      `  for n in ${numbers.join(' ')}; do`,
      `    (${folder}${variables.join(' ')} sh -c ${argument(run)} | grep -F ${wanted.join(' ')})`,
      '  done',
      'done; git checkout --quiet "$back"',
    ]),
  ]
}

/** By the mean time of the runs on the machine of the search. */
function timeText(experiments: Experiment[], count: number): string {
  const seconds = experiments.flatMap(e => e.runs.flatMap(run => (run.outcome === 'ok' ? [run.seconds] : [])))
  if (seconds.length === 0) return ''
  const mean = seconds.reduce((sum, each) => sum + each, 0) / seconds.length
  return `. It takes about ${duration(2 * count * mean)} on a machine like that of the search`
}
