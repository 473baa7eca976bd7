/** The forecast of a session, by its plan, what it has done and what earlier sessions took. */
import { spentSoFar } from '../analysis/cost.ts'
import { type Earlier, type Kind, withOwn } from '../analysis/forecast/earlier.ts'
import { type Forecast, forecast } from '../analysis/forecast/forecast.ts'
import { forecastLines } from '../analysis/forecast/words.ts'
import type { Terminal } from '../lib/terminal/terminal.ts'
import { sanitizeText } from '../lib/text.ts'
import type { AgentSpec, Contract } from '../program/contract.ts'
import { findExperiment, type State } from '../record/state.ts'
import { closingSeconds, medianRunSeconds, type Plan } from './plan.ts'

export interface Planned {
  contract: Contract
  state: State
  /** The plan with runs of this wall time, in seconds; null: not known. */
  planFor: (runSeconds: number | null) => Plan
  /** Seconds that the session has run. */
  elapsed: number
  /** The agent that proposes. */
  agent: Pick<AgentSpec, 'use' | 'model' | 'effort'>
}

/** What makes earlier sessions alike. */
export const kindOf = ({ state, agent }: Pick<Planned, 'state' | 'agent'>): Kind => ({
  session: state.session,
  devices: devicesOf(state),
  agent,
})

export function forecastOf({ contract, state, planFor, elapsed, agent }: Planned, earlier: Earlier): Forecast {
  // Before the first run, a plan alone takes runs to be as long as the budget allows.
  const plan = planFor(medianRunSeconds(state) ?? earlier.runSeconds)
  const { session, experiments } = state
  const { agentUsd, gpuUsd } = spentSoFar(state, elapsed)
  const baseline = findExperiment(state, 0)?.runs ?? []
  const seedRuns = baseline.filter(run => run.purpose === 'seed').length
  const originRuns = baseline.some(run => run.purpose === 'origin') ? 0 : plan.originRuns
  const outlook = {
    limits: { seconds: plan.end, experiments: contract.experiments, usd: contract.cost_usd },
    mayEndEarlier: contract.patience !== null || contract.metric.target !== null,
    done: {
      experiments: Math.max(0, experiments.length - 1),
      seconds: elapsed,
      runs: experiments.reduce((sum, e) => sum + e.runs.length, 0),
      agentUsd,
      gpuUsd,
    },
    runSeconds: plan.runSeconds,
    experimentRuns: plan.experimentRuns,
    baselineRuns: {
      first: (experiments.length > 0 ? 0 : 1) + originRuns,
      further: Math.max(0, contract.seeds - 1 - seedRuns),
    },
    confirmRuns: contract.experiments === 0 ? 0 : plan.confirmRuns,
    closingSeconds,
    devices: devicesOf(state),
    gpuUsdHour: contract.gpuUsdHour,
    agent: agent.model === null ? agent.use : `${agent.use} (${agent.model})`,
    isPaid: agent.use !== 'tuner',
  }
  return forecast(outlook, experiments.length > 0 ? withOwn(earlier, session, experiments, agent.use) : earlier)
}

export function tellForecast(terminal: Terminal, found: Forecast): void {
  for (const [i, line] of forecastLines(found).entries())
    terminal.step(i === 0 ? 'forecast' : '', sanitizeText(line, 300))
}

const devicesOf = ({ session }: State): number => session.active?.at(-1)?.devices ?? 1
