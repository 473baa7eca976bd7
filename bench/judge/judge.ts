/** `pnpm bench judge`: checks what the program says about a session, on simulated sessions whose truth is known. */
import { Failure } from '../../scripts/lib/errors.ts'
import { suggest } from '../../scripts/lib/suggest.ts'
import { createRandom } from '../../scripts/stats/random.ts'
import { ablationCheck } from './ablation.ts'
import { budgetCheck } from './budget.ts'
import { confirmCheck } from './confirm.ts'
import { benchDeletions } from './deletions.ts'
import { checkDrift } from './drift.ts'
import { checkEvaluation } from './evaluation.ts'
import { holdoutCheck } from './holdout.ts'
import { checkKnobShape } from './knobShape.ts'
import { benchLabels } from './labels.ts'
import { LEDGER_CLAIM, LEDGER_LENGTH } from './ledger.ts'
import { benchLuck } from './luck.ts'
import { checkPaired } from './paired.ts'
import { checkPrune } from './prune.ts'
import { checkReplication } from './replication.ts'
import { type Check, type Requirement, resultOf } from './requirement.ts'
import { benchRules, type RuleRow } from './rules.ts'
import { sigmaCheck } from './sigma.ts'
import { benchSlots } from './slots.ts'
import { checkSlowNodes } from './slowNodes.ts'
import { spreadCheck } from './spread.ts'
import { benchSweeps } from './sweeps.ts'

/** In the order in which they are printed. */
export const checks: Record<string, Check> = {
  label: benchLabels,
  sigma: sigmaCheck,
  confirm: confirmCheck,
  knobs: checkKnobShape,
  slots: benchSlots,
  sweeps: benchSweeps,
  luck: benchLuck,
  deletions: benchDeletions,
  holdout: holdoutCheck,
  spread: spreadCheck,
  ablation: ablationCheck,
  prune: checkPrune,
  drift: checkDrift,
  replication: checkReplication,
  evaluation: checkEvaluation,
  paired: checkPaired,
  budget: budgetCheck,
  'slow-nodes': checkSlowNodes,
}

export interface JudgeBench {
  /** Sessions per rule; 1000 is scale 1 of the checks. */
  sessions: number
  seed: number
  rules: RuleRow[]
  requirements: Requirement[]
}

/** Simulates, then prints tables or one JSON object. The same seed gives the same output. */
export async function runJudgeBench(args: {
  sessions?: number
  seed?: number
  json?: boolean
  topics?: string
}): Promise<void> {
  const topics = args.topics === undefined ? ['rules', ...Object.keys(checks)] : args.topics.split(',')
  for (const topic of topics)
    if (topic !== 'rules' && !(topic in checks))
      throw new Failure(
        `There is no topic ${topic}.`,
        suggest(topic, Object.keys(checks), `Topics: rules, ${Object.keys(checks).join(', ')}.`),
      )
  const result = benchJudge(args.sessions ?? 1000, args.seed ?? 1, topics)
  process.stdout.write(args.json ? `${JSON.stringify(result, null, 2)}\n` : text(result))
}

/** Each topic starts from the seed, so that it gives the same lines alone. */
export function benchJudge(sessions: number, seed: number, topics: string[]): JudgeBench {
  const requirements = topics.flatMap(topic => {
    const found = checks[topic]?.(sessions / 1000, createRandom(seed)) ?? []
    if (process.stderr.isTTY) process.stderr.write(`${topic}: done\n`)
    return found
  })
  return { sessions, seed, rules: topics.includes('rules') ? benchRules(sessions, seed) : [], requirements }
}

function text({ sessions, seed, rules, requirements }: JudgeBench): string {
  return [
    requirements.length === 0 ? [] : [`What must hold, seed ${seed}\n`, requirementTable(requirements)],
    rules.length === 0
      ? []
      : [
          `${sessions} sessions of ${LEDGER_LENGTH} runs, seed ${seed}; effects of karpathy's mar8 session, which claimed ` +
            `${LEDGER_CLAIM.gain.toFixed(4)} with ${LEDGER_CLAIM.keeps} keeps.\n`,
          ruleTable(rules),
        ],
  ]
    .flat()
    .join('\n')
}

const requirementTable = (requirements: Requirement[]): string =>
  table(
    ['topic', 'what', 'asked', 'measured', '', 'cases'],
    requirements.map(row => [
      row.topic,
      row.measured,
      askedText(row),
      valueText(row),
      resultOf(row),
      String(row.cases),
    ]),
  )

const askedText = ({ asked, unit }: Requirement): string =>
  asked === null ? '' : `${asked.at === 'least' ? '≥' : '≤'} ${numberText(asked.limit, unit)}`

const valueText = ({ value, error, unit }: Requirement): string =>
  error === null
    ? numberText(value, unit)
    : `${numberText(value, unit)} ± ${numberText(error, unit).replace(/ .*/, '')}`

const numberText = (value: number, unit: Requirement['unit']): string =>
  unit === '%' ? `${(100 * value).toFixed(1)}%` : `${value.toFixed(unit.decimals)} ${unit.name}`.trim()

const ruleTable = (rules: RuleRow[]): string =>
  table(
    ['start', 'σ', 'rule', 'true gain', 'best single run', 'single/true', 'keeps', 'useless', 'experiments'],
    rules.map(row => [
      row.start,
      String(row.sigma),
      row.rule,
      row.gain.toFixed(4),
      row.single.toFixed(4),
      row.gain > 0 ? (row.single / row.gain).toFixed(2) : '–',
      row.keeps.toFixed(1),
      `${Math.round(row.useless * 100)}%`,
      row.experiments.toFixed(0),
    ]),
  )

function table(head: string[], rows: string[][]): string {
  const all = [head, ...rows]
  const widths = head.map((_, i) => Math.max(...all.map(row => row[i]?.length ?? 0)))
  return all.map(row => `${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd() + '\n').join('')
}
