/** One command that runs the code before and after again, in turns, in any clone of the repository. Pure. */
import { posix } from 'node:path'
import type { RootContent } from 'mdast'
import { givenData } from '../../../analysis/data.ts'
import { list } from '../../../analysis/numbers.ts'
import { argument } from '../../../lib/command.ts'
import { duration } from '../../../lib/format.ts'
import { sanitizeText } from '../../../lib/text.ts'
import { folderIn } from '../../../program/data.ts'
import type { Experiment } from '../../../record/schema.ts'
import { hardwareOf, versionsOf } from '../../../report/machine.ts'
import { commands, paragraph } from '../../../report/nodes.ts'
import { dataVariables } from '../../../report/sections/replicate.ts'
import { type Facts, isOnNewSeeds } from './facts.ts'

/** Runs of each side, where nothing was run again. */
const USUAL_RUNS = 3

export function reproduceSection(facts: Facts): RootContent[] {
  const { input, proposal, compared } = facts
  const { session, digest, experiments } = input
  const { run, target, setup } = session.contract
  const { base, tip } = proposal
  if (typeof run !== 'string')
    return [
      paragraph('How to run it is not recorded. This shows the whole change:'),
      commands([fetchLine(facts), `git diff ${base} ${tip}`]),
    ]
  const count = Math.min(compared?.runs ?? USUAL_RUNS, 20)
  const folder = typeof target === 'string' && target !== '.' ? target : ''
  const runs = count === 1 ? 'one run' : `${count} runs`
  const newSeeds = isOnNewSeeds(digest.seeds) ? ', on seeds that no run has used' : ''
  const from = session.source
  return [
    paragraph(
      `Paste this in a clone of this repository. It runs ${base.slice(0, 7)} (before) and ${tip.slice(0, 7)} (after: this branch) in turns, ${runs} of each${newSeeds}, and prints ${session.metric.name} of each run. It works in temporary folders: your checkout stays as it is.${timeText(experiments, count)}`,
      from === undefined ? '' : `The run command is from ${sanitizeText(from.from, 80)}: read it before you run it.`,
    ),
    ...(typeof setup === 'string'
      ? [
          paragraph('To prepare the clone, once:'),
          commands(
            `(${inFolder(folder)}${[...dataVariables(session), 'sh'].join(' ')} -c ${argument(setup)})`.split('\n'),
          ),
        ]
      : []),
    commands(blockLines(facts, run, folder, count)),
    paragraph(environmentSentence(facts, run)),
  ]
}

/** Worktrees, so that neither checkout nor uncommitted work is touched; a subshell, so that the reader's shell is not either. */
function blockLines(facts: Facts, run: string, folder: string, count: number): string[] {
  const { input, proposal } = facts
  const { session, digest, experiments } = input
  const { use } = digest.seeds
  const isSeeded = use === 'read' || use === 'unknown'
  const first = 1 + Math.max(0, ...experiments.flatMap(e => e.runs.map(({ seed }) => seed)))
  const numbers = Array.from({ length: count }, (_, i) => (isSeeded ? first + i : i + 1))
  const names = [session.metric.name, session.metric.holdout].filter(name => name !== null)
  const variables = [
    ...dataVariables(session, '"$top"'),
    ...(isSeeded ? ['NIGHTSHIFT_SEED=$2'] : []),
    ...(session.budget === null || session.readsBudget === false ? [] : [`NIGHTSHIFT_BUDGET_S=${session.budget}`]),
    `NIGHTSHIFT_SPLITS=${session.metric.holdout === null ? 'val' : 'val,holdout'}`,
  ].join(' ')
  const links = Array.isArray(session.contract.link) ? session.contract.link.map(String) : []
  const at = (side: string) => `"$tmp/${side}"${folder === '' ? '' : `/${argument(folder)}`}`
  const value = `^[[:space:]]*(${names.map(pattern).join('|')})[[:space:]]*[:=]`
  return [
    '(',
    '  set -e',
    '  cd "$(git rev-parse --show-toplevel)"; top=$PWD; tmp=$(mktemp -d)',
    '  end() { cd "$top"; for side in before after; do git worktree remove -f "$tmp/$side" 2>/dev/null || :; done; rm -rf "$tmp"; }',
    '  trap end EXIT; trap "exit 1" INT TERM',
    `  ${fetchLine(facts)}`,
    `  git worktree add -q --detach "$tmp/before" ${proposal.base}`,
    `  git worktree add -q --detach "$tmp/after" ${proposal.tip}`,
    ...links.flatMap(link => ['before', 'after'].map(side => linkLine(side, link))),
    '  measure() {',
    ...`    (cd ${at('$1')} && ${variables} sh -c ${argument(run)}) >"$tmp/log" 2>&1 || tail -n 20 "$tmp/log"`.split(
      '\n',
    ),
    `    tr '\\r' '\\n' <"$tmp/log" | grep -E ${argument(value)} | tail -n ${names.length} | sed "s/^/${isSeeded ? 'seed' : 'run'} $2, $1: /"`,
    '  }',
    `  for n in ${numbers.join(' ')}; do`,
    '    if [ $((n % 2)) = 1 ]; then measure before $n; measure after $n; else measure after $n; measure before $n; fi',
    '  done',
    ')',
  ]
}

const inFolder = (folder: string): string => (folder === '' ? '' : `cd ${argument(folder)} && `)

/** By the reader's own remote and credentials, or by the address, which the branch of a fork needs. */
function fetchLine({ fetch, proposal }: Facts): string {
  const branch = argument(`refs/heads/${fetch.branch}`)
  return `git cat-file -e ${proposal.tip} 2>/dev/null || git fetch -q origin ${branch} 2>/dev/null || git fetch -q ${argument(fetch.address)} ${branch}`
}

/** What runs need and git does not hold, as in the runs of the search. */
function linkLine(side: string, link: string): string {
  const place = posix.dirname(link) === '.' ? '' : `/${argument(posix.dirname(link))}`
  const path = argument(link)
  return `  [ ! -e "$top"/${path} ] || { mkdir -p "$tmp/${side}"${place}; rm -rf "$tmp/${side}"/${path}; ln -s "$top"/${path} "$tmp/${side}"/${path}; }`
}

/** A name within an extended regular expression. */
const pattern = (name: string): string => name.replace(/[.[\]{}()*+?^$|\\]/g, '\\$&')

/** What a run command may run its code with. */
const interpreters = /(?:^|[\s/;&|])(python[\d.]*|uv|node|deno|bun|julia|Rscript|ruby|java|go|cargo)(?=\s)/

/** On what the numbers were measured, and what of it is not recorded: another version may show another change. */
function environmentSentence({ input }: Facts, run: string): string {
  const { session } = input
  const { machine, contract } = session
  const hardware = hardwareOf(machine)
  const versions = versionsOf(machine)
  const program = machine.python === null ? (interpreters.exec(run)?.[1] ?? null) : null
  const missing = [...(program === null ? [] : [program]), versions.length === 0 ? 'the libraries' : 'other libraries']
  const folder = folderIn(sanitizeText(givenData(session) ?? '', 1000))
  const passed = Array.isArray(contract.env) ? contract.env.map(String) : []
  return [
    hardware.length === 0
      ? 'On what machine the numbers above were measured is not recorded.'
      : `The numbers above are from ${hardware.join('; ')}${versions.length === 0 ? '' : `, with ${list(versions)}`}.`,
    `The versions of ${list(missing)} are not recorded; with others the change may be another.`,
    folder === null
      ? ''
      : `Their data is what the folder ${folder}${folder.startsWith('/') || folder.startsWith('~') ? '' : ', from the root of the repository,'} held on that machine.`,
    passed.length === 0 ? '' : `The runs also had these variables of their environment: ${list(passed)}.`,
  ].join(' ')
}

/** By the mean time of the runs on the machine of the search. */
function timeText(experiments: Experiment[], count: number): string {
  const seconds = experiments.flatMap(e => e.runs.flatMap(run => (run.outcome === 'ok' ? [run.seconds] : [])))
  if (seconds.length === 0) return ''
  const mean = seconds.reduce((sum, each) => sum + each, 0) / seconds.length
  return ` It takes about ${duration(2 * count * mean)} on a machine like that of the search.`
}
