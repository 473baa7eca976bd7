/** The data files of the experiments page. Gains are positive where better. */
import type { Row } from '../csv.ts'
import type { Listing } from './listing.ts'

/** A row per experiment, the baselines included, in the order of the page. */
export const listingRows = ({ targets, sessions }: Listing): Row[] =>
  sessions.flatMap(({ id, machine, target, measuredBy, experiments }) =>
    experiments.map(e => ({
      session: id,
      experiment: e.number,
      status: e.status,
      label: e.label,
      target: targets[target]?.name ?? null,
      metricName: targets[target]?.metric.name ?? null,
      goal: targets[target]?.metric.goal ?? null,
      metric: e.value,
      measuredBy: e.value === null ? null : (e.measuredBy ?? measuredBy),
      gain: e.gain,
      pReal: e.pReal,
      description: e.description,
      knobs: e.knobs.map(({ knob, from, to }) => `${knob} ${from} to ${to}`).join('; '),
      theme: e.theme,
      machine,
      runSeconds: e.seconds,
      outcome: e.outcome ?? null,
    })),
  )
