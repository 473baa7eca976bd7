/** The machines page as data: a row per session with its machine, and a summary per machine and target. */
import { rateOf } from '../../../scripts/compare/rates.ts'
import type { Row } from '../csv.ts'
import { answer } from '../session/answer.ts'
import type { Machine, Target } from './machines.ts'
import { nodesOf } from './nodes.ts'
import { personOf, signatureOf } from './people.ts'

/** A row for each session, by machine and target, newest first. */
export const machineRows = (machines: Machine[]): Row[] => machines.flatMap(m => m.targets.flatMap(sessionRowsOf))

const sessionRowsOf = (t: Target): Row[] =>
  t.sessions.map(({ view, code, speed, hours, experimentsPerHour, idle, side }) => {
    const { session, digest, baseline, best, gain } = view
    const { machine, metric } = session
    const noise = digest?.noise ?? null
    return {
      machine: machine.label,
      target: t.target,
      metric: metric.name,
      goal: metric.goal,
      session: view.id,
      person: personOf(view),
      signature: signatureOf(view),
      startedAt: session.startedAt,
      gpu: machine.gpu,
      gpus: machine.gpus,
      driver: machine.driver,
      cpu: machine.cpu,
      cores: machine.cores,
      memoryMb: machine.memoryMb,
      os: machine.os,
      python: machine.python,
      torch: machine.torch,
      budgetSeconds: session.budget,
      data: session.data?.fingerprint ?? null,
      code,
      baseline,
      best,
      bestSingleRunGain: gain,
      answer: answer(view).kind,
      confirmedGain: digest?.confirmed?.gain ?? null,
      confirmedLow: digest?.confirmed?.interval[0] ?? null,
      confirmedHigh: digest?.confirmed?.interval[1] ?? null,
      partPerDeviceHour: rateOf(side).perDeviceHour,
      sigma: noise?.sigma ?? null,
      sigmaLow: noise?.interval?.[0] ?? null,
      sigmaHigh: noise?.interval?.[1] ?? null,
      sigmaDf: noise?.df ?? null,
      sigmaRuns: noise?.runs ?? null,
      sigmaEarlierSessions: noise?.earlier.length ?? null,
      tokensPerSecond: speed.tokens,
      stepsPerSecond: speed.steps,
      stepsInRun: speed.stepsInRun,
      mfuPercent: speed.mfu,
      hours,
      experimentsPerHour,
      idle,
      outages: session.outages.length,
      costUsd: digest?.costUsd ?? null,
      gpuUsd: digest?.gpuCost?.usd ?? null,
    }
  })

/** A summary of each machine and target, with the same rows. */
export const machineData = (machines: Machine[]): unknown =>
  machines.map(({ label, parts, targets }) => ({
    machine: label,
    hardware: parts,
    targets: targets.map(t => ({
      target: t.target,
      metric: t.metric,
      sigma: t.noise?.sigma ?? null,
      sigmaInterval: t.noise?.interval ?? null,
      relativeSigma: t.relativeSigma?.sigma ?? null,
      relativeSigmaInterval: t.relativeSigma?.interval ?? null,
      speed: t.speed,
      hours: t.hours,
      experimentsPerHour: t.experimentsPerHour,
      idle: t.idle,
      outages: t.outages,
      costUsd: t.costUsd,
      gpuUsd: t.gpuUsd,
      best: t.best && {
        session: t.best.session.view.id,
        confirmed: t.best.confirmed,
        value: t.best.value,
        gain: t.best.gain,
        partOfBaseline: rateOf(t.best.session.side).gain,
        partPerDeviceHour: rateOf(t.best.session.side).perDeviceHour,
        kept: t.best.session.view.kept,
      },
      nodes: (nodesOf(t.sessions)?.rows ?? []).map(({ node, kind, runs, perSecond, relative, finding }) => {
        return { node, kind, runs, perSecond, relative, finding }
      }),
      sessions: sessionRowsOf(t),
    })),
  }))
