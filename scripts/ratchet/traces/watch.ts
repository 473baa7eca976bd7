/**
 * Looks before and after each run at what git and Python read outside a session's own folders, and tells what changed
 * meanwhile: on the terminal, in the journal and so in the report. Who changed it is not known.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { traceAdvice, traceSentence, traceText } from '../../analysis/traces.ts'
import { listIfThere, readRegularFile } from '../../lib/files/read.ts'
import type { Repository } from '../../lib/git/git.ts'
import { notebook, sessionsRoot, workRoot } from '../../lib/paths.ts'
import { lockOwner } from '../../lib/process/lock.ts'
import { jsonText, sanitizeText } from '../../lib/text.ts'
import type { State } from '../../record/state.ts'
import type { Trace } from '../../record/traces.ts'
import { type EmitContext, emit, type SessionContext } from '../session/context.ts'
import { checkoutTraces, lookAtCheckout, trackedPaths } from './checkout.ts'
import { changedInPackages, environmentFolders, environmentTraces, lookAtEnvironment } from './python.ts'
import { lookAtRefs, refTraces } from './refs.ts'
import { lookAtSettings, outsideConfigs, type SettingsFiles, settingsTraces } from './settingsFiles.ts'
import type { Look, Quick, TraceWatch } from './traceWatch.ts'

type TraceContext = EmitContext & Pick<SessionContext, 'terminal' | 'traces'>

/** Before a run starts. */
export const beforeRun = (context: TraceContext, experiment: number): Promise<void> =>
  looking(context, async watch => {
    if (watch.last === null) watch.last = await firstLook(watch)
    else await look(context, watch.running, 'quick')
    watch.running.push(experiment)
    watch.last.slow.since.push(experiment)
  })

/** After a run has ended, before the next step. One that an earlier harness started is compared with what that one saw. */
export const afterRun = (context: TraceContext, experiment: number): Promise<void> =>
  looking(context, async watch => {
    if (watch.last === null) {
      watch.last = await firstLook(watch)
      const earlier = await readKept(watch.work)
      if (earlier !== null)
        await tell(context, compare(context, earlier, watch.last, [experiment], await isAlone(watch)))
      return
    }
    await look(context, watch.running, 'as due')
    const at = watch.running.indexOf(experiment)
    if (at >= 0) watch.running.splice(at, 1)
  })

/** At the end of a session. */
export const lastLook = (context: TraceContext): Promise<void> =>
  looking(context, async watch => {
    if (watch.last !== null) await look(context, watch.running, 'everything')
  })

/** One look at a time. To look is never worth a session. */
const looking = ({ traces, terminal }: TraceContext, work: (watch: TraceWatch) => Promise<void>): Promise<void> =>
  traces
    .queue(() => work(traces))
    .catch((error: unknown) => {
      terminal.step('note', sanitizeText(`what changed beside the runs was not looked at: ${String(error)}`, 300))
    })

async function firstLook({ repository, work, contract }: TraceWatch): Promise<Look> {
  const { root } = repository
  const outside = await outsideConfigs(repository)
  const places = ['.', contract.target, ...contract.link, join(notebook, 'trainer')]
  const folders = await environmentFolders(root, places)
  const quick = await quickLook(repository, outside, folders, null)
  const start = performance.now()
  const paths = await trackedPaths(root, [sessionsRoot, workRoot])
  const checkout = lookAtCheckout(root, paths)
  const seconds = (performance.now() - start) / 1000
  await keep(work, quick)
  return { ...quick, outside, slow: { paths, checkout, at: Date.now(), since: [], seconds } }
}

async function quickLook(
  repository: Repository,
  outside: string[],
  folders: string[],
  before: SettingsFiles | null,
): Promise<Quick> {
  const [settings, refs, environments] = await Promise.all([
    lookAtSettings(repository, outside, before),
    lookAtRefs(repository.git),
    Promise.all(folders.map(async folder => [folder, await lookAtEnvironment(folder)] as const)),
  ])
  return { settings, refs, environments: new Map(environments) }
}

/** Share of the time that looks at many files may take, and what they may take in any case. */
const slowShare = 0.001
const fewSeconds = 0.003

async function look(context: TraceContext, running: number[], what: 'quick' | 'as due' | 'everything'): Promise<void> {
  const watch = context.traces
  const { last } = watch
  if (last === null) return
  const { repository, work } = watch
  const experiments = distinct(running)
  const now = await quickLook(repository, last.outside, [...last.environments.keys()], last.settings)
  const traces = compare(context, last, now, experiments, await isAlone(watch))
  const isDue = what === 'everything' || (what === 'as due' && isSlowDue(last))
  watch.last = { ...last, ...now, slow: isDue ? await slowLook(watch, last, running, traces) : last.slow }
  await tell(context, traces)
  if (traces.length > 0 || now.refs.size !== last.refs.size) await keep(work, now)
}

const isSlowDue = ({ slow }: Look): boolean =>
  slow.seconds < fewSeconds || (Date.now() - slow.at) / 1000 > slow.seconds / slowShare

/** Adds what it finds to `traces`. */
async function slowLook(
  { repository }: TraceWatch,
  { slow, environments }: Look,
  running: number[],
  traces: Trace[],
): Promise<Look['slow']> {
  const [start, at] = [performance.now(), Date.now()]
  const experiments = distinct([...slow.since, ...running])
  const checkout = lookAtCheckout(repository.root, slow.paths)
  traces.push(...checkoutTraces(slow.checkout, checkout, experiments))
  for (const [folder, entries] of environments) {
    const inPackages = await changedInPackages(folder, slow.at)
    const found = { before: entries, now: entries, inPackages }
    traces.push(...environmentTraces(repository.root, folder, found, experiments))
  }
  return { ...slow, checkout, at, since: [...running], seconds: (performance.now() - start) / 1000 }
}

function compare(context: TraceContext, before: Quick, now: Quick, experiments: number[], alone: boolean): Trace[] {
  const { repository } = context.traces
  const { session, experiments: judged }: State = context.state
  return [
    ...settingsTraces(repository, before.settings, now.settings, experiments),
    ...refTraces(before.refs, now.refs, { session, experiments: judged, isAlone: alone }, experiments),
    ...[...now.environments].flatMap(([folder, entries]) => {
      const found = { before: before.environments.get(folder) ?? entries, now: entries, inPackages: [] }
      return environmentTraces(repository.root, folder, found, experiments)
    }),
  ]
}

/** Whether no other session, manual experiment or adoption is at work on this machine. */
async function isAlone({ work }: TraceWatch): Promise<boolean> {
  const others = (await listIfThere(workRoot)).map(name => join(workRoot, name)).filter(path => path !== work)
  // A session's lock lies in its folder, that of an adoption beside it.
  const owners = await Promise.all(others.map(path => lockOwner(path.endsWith('.lock') ? path : join(path, 'lock'))))
  return owners.every(owner => owner === null)
}

async function tell(context: TraceContext, traces: Trace[]): Promise<void> {
  if (traces.length === 0) return
  await emit(context, { event: 'traces', traces })
  for (const trace of traces) {
    const text = traceText({ sentence: traceSentence(trace), advice: traceAdvice(trace) })
    context.terminal.step(trace.runs ? 'warning' : 'note', text)
  }
}

const distinct = (numbers: number[]): number[] => [...new Set(numbers)].sort((a, b) => a - b)

const pairs = <V extends z.ZodType>(value: V) => z.array(z.tuple([z.string(), value]))
const keptSchema = z.object({
  settings: pairs(z.object({ stamp: z.string(), hash: z.string().nullable(), settings: pairs(z.string()).nullable() })),
  refs: pairs(z.string()),
  environments: pairs(pairs(z.string())),
})

const keptIn = (work: string): string => join(work, 'traces.json')

/** For the harness that resumes the session, should this one be killed. */
async function keep(work: string, { settings, refs, environments }: Quick): Promise<void> {
  const kept = {
    settings: [...settings],
    refs: [...refs],
    environments: [...environments].map(([folder, entries]) => [folder, [...entries]]),
  }
  await writeFile(keptIn(work), jsonText(kept), { mode: 0o600 })
}

async function readKept(work: string): Promise<Quick | null> {
  const text = await readRegularFile(keptIn(work), 2 ** 26)
  const { data } = keptSchema.safeParse(parsed(text))
  if (data === undefined) return null
  return {
    settings: new Map(data.settings),
    refs: new Map(data.refs),
    environments: new Map(data.environments.map(([folder, entries]) => [folder, new Map(entries)])),
  }
}

function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return null
  }
}
