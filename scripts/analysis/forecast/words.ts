/** A forecast in words, for the terminal and status. Pure. */
import { dollarText, duration } from '../../lib/format.ts'
import { plural } from '../../lib/text.ts'
import type { Range } from '../../stats/forecast.ts'
import type { Basis } from './earlier.ts'
import type { Forecast } from './forecast.ts'

/** A line each on time, on dollars, and on what the ranges mean. */
export function forecastLines(forecast: Forecast): string[] {
  const lines = [timeLine(forecast), agentLine(forecast), gpuLine(forecast)]
  const isRange = [forecast.experiments, forecast.hours, forecast.agentUsd, forecast.each.agentUsd].some(
    range => range !== null && range.low < range.high,
  )
  return [...lines.filter(line => line !== null), ...(isRange ? [meaning(forecast)] : [])]
}

function timeLine({ experiments, runs, hours, each, basis, atMost }: Forecast): string {
  const by = basisText(basis.pace)
  if (experiments !== null && hours !== null) {
    const made = runs === null ? '' : ` (${countRange(runs, 'run')})`
    return `${countRange(experiments, 'experiment')}${made} in ${hourRange(hours)}, by ${by}`
  }
  if (atMost.experiments === 0) return 'the baseline only: no experiment, and no proposal of an agent'
  const limits = [
    ...(atMost.experiments === null ? [] : [plural(atMost.experiments, 'experiment')]),
    ...(atMost.hours === null ? [] : [duration(atMost.hours * 3600)]),
  ]
  const most = limits.length === 0 ? '' : `at most ${limits.join(' and ')}; `
  if (each.seconds !== null) return `${most}${spanText(each.seconds, duration)} an experiment, by ${by}`
  return `${most}the time of an experiment is not known: no earlier session made the same runs here with this agent`
}

/** null where no proposal is asked for. */
function agentLine({ agent, agentUsd, each, basis, atMost }: Forecast): string | null {
  if (atMost.experiments === 0) return null
  const by = `by ${basisText(basis.cost)}`
  if (each.agentUsd === null) return `the cost of ${agent} is not known: no earlier session recorded one`
  if (each.agentUsd.high === 0) return `${agent} costs nothing`
  const one = `${spanText(each.agentUsd, smallDollars)} a proposal of ${agent}`
  return agentUsd === null ? `${one}, ${by}` : `${spanText(agentUsd, dollarText)} for agents: ${one}, ${by}`
}

/** null without a price. */
function gpuLine({ gpuUsd, gpuUsdHour, devices, atMost }: Forecast): string | null {
  if (gpuUsdHour === null) return null
  const price = `${devices > 1 ? `${devices} at ` : ''}$${gpuUsdHour} an hour${devices > 1 ? ' each' : ''}`
  if (gpuUsd !== null) return `${spanText(gpuUsd, dollarText)} for GPUs: ${price}`
  return atMost.gpuUsd === null ? `GPUs: ${price}` : `at most ${dollarText(atMost.gpuUsd)} for GPUs: ${price}`
}

function meaning({ coverage, mayEndEarlier }: Forecast): string {
  const unless = mayEndEarlier ? ', if neither patience nor the target ends it earlier' : ''
  return `ranges hold in ${coverage * 10} of 10 sessions${unless}`
}

/** "214 experiments of 4 earlier sessions and 12 of this one" */
function basisText({ sessions, experiments, own }: Basis): string {
  if (sessions === 0) return `${plural(own, 'experiment')} of this session`
  const before = `${plural(experiments, 'experiment')} of ${plural(sessions, 'earlier session')}`
  return own > 0 ? `${before} and ${own} of this one` : before
}

function countRange({ low, high }: Range, noun: string): string {
  const [from, to] = [Math.floor(low), Math.ceil(high)]
  return from === to ? plural(to, noun) : `${from} to ${plural(to, noun)}`
}

const hourRange = ({ low, high, middle }: Range): string =>
  spanText({ low: low * 3600, middle: middle * 3600, high: high * 3600 }, duration)

/** "7 h 36 min to 8 h 00 min"; once where both are the same. */
function spanText({ low, high }: Range, text: (value: number) => string): string {
  const [from, to] = [text(low), text(high)]
  return from === to ? to : `${from} to ${to}`
}

const smallDollars = (usd: number): string => (usd >= 0.1 ? dollarText(usd) : `$${Number(usd.toPrecision(2))}`)
