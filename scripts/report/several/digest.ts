/** The digest of several sessions: which changes were replicated, contradicted or untested elsewhere. Pure. */

import { machineName } from '../../analysis/machineName.ts'
import { outcomeOf } from '../../analysis/result/outcome.ts'
import type { Digest, Kept } from '../../analysis/schema.ts'
import { shapeTexts } from '../../analysis/search/knob.ts'
import { type Replication, replications } from '../../analysis/search/replication.ts'
import { sanitizeText } from '../../lib/text.ts'
import { experimentName } from '../../record/files/paths.ts'
import type { Session } from '../../record/schema.ts'
import { type Lesson, verdicts, type Week, type WeekSession } from './schema.ts'

/** A session's digest, with its record to tell whether others are comparable. */
export interface SessionInput {
  digest: Digest
  session: Session
}

/** Untried values and pairs, and shared constants, that are listed. */
const LIMITS = { untried: 20, knobs: 20 }
/** Characters of a description in a pair. */
const MAX_DESCRIPTION = 50

/** @param given at least one session, in any order */
export function weekDigest(given: SessionInput[]): Week {
  const sessions = given.toSorted((a, b) => (whenOf(a) < whenOf(b) ? -1 : 1))
  const groups = [...new Set(sessions.map(groupOf))]
  return {
    schema: 1,
    sessions: sessions.map(member => summary(member, sessions, groups)),
    groups: groups.length,
    machines: [...new Set(sessions.map(({ digest }) => digest.machine))],
    lessons: lessons(sessions),
    knobs: sharedKnobs(sessions),
    untried: sessions.flatMap(untried).slice(0, LIMITS.untried),
  }
}

const whenOf = ({ session }: SessionInput): string => `${session.startedAt ?? ''} ${session.id}`

/**
 * Key of the conditions under which metric values are comparable; a session with an unknown condition is alone in its
 * group.
 */
function groupOf({ session: { id, metric, data, budget, machine } }: SessionInput): string {
  const conditions = [
    data?.fingerprint ?? null,
    budget,
    machine.gpus === null && machine.gpu === null ? null : machineName(machine),
  ]
  return JSON.stringify([metric.name, metric.goal, ...conditions, conditions.includes(null) ? id : null])
}

function summary(member: SessionInput, all: SessionInput[], groups: string[]): WeekSession {
  const { digest, session } = member
  const isAlone = all.filter(other => other.session.tag === session.tag).length === 1
  return {
    session: session.id,
    name: isAlone && session.tag !== '' ? session.tag : session.id,
    machine: digest.machine,
    metric: digest.metric,
    group: groups.indexOf(groupOf(member)),
    startedAt: session.startedAt,
    collected: digest.collected,
    // A replication makes no experiments of its own, and what it ran was kept elsewhere.
    experiments: digest.replicationOf === null ? Math.max(0, digest.experiments - 1) : 0,
    kept: searchOf(digest).kept.length,
    baseline: digest.bestSingleRun?.baseline ?? null,
    // Where it is not known what was kept, the best is not known either.
    bestSingleRun:
      digest.replicationOf !== null || outcomeOf(digest).kind === 'unknown'
        ? null
        : (digest.bestSingleRun?.gain ?? null),
    confirmed: digest.confirmed,
    seconds: digest.time.total,
    tokens: digest.tokens,
    costUsd: digest.costUsd,
    gpuUsd: digest.gpuCost?.usd ?? null,
  }
}

/** What it searched for and kept: nothing of a replication. */
const searchOf = (digest: Digest): Pick<Digest, 'kept' | 'knobs' | 'near'> =>
  digest.replicationOf === null ? digest : { kept: [], knobs: [], near: { misses: [], combinations: [] } }

type Member = Lesson['kept'][number]
type Evidence = Pick<Replication, 'comparable' | 'found'>
const keyOf = ({ session, experiment }: { session: string; experiment: number }): string => `${session} ${experiment}`

/** Kept changes; the same change in several sessions is one lesson. */
function lessons(sessions: SessionInput[]): Lesson[] {
  const evidence = new Map(sessions.flatMap(member => foundFor(member, sessions)))
  const members = new Map(
    sessions.flatMap(({ digest, session }) =>
      searchOf(digest).kept.map((kept): [string, Member] => [
        keyOf({ session: session.id, ...kept }),
        memberOf(session.id, kept),
      ]),
    ),
  )
  const found = [...joined([...members.keys()], evidence)].map(keys => lesson(keys, members, evidence))
  const rank = ({ verdict }: Lesson) => verdicts.indexOf(verdict)
  return found.sort((a, b) => rank(a) - rank(b) || strength(b) - strength(a))
}

const memberOf = (session: string, { experiment, description, gain, share, label }: Kept): Member => ({
  session,
  experiment,
  description,
  gain,
  share,
  label,
})

/** Evidence of the other sessions for each kept change of a session, by key. */
function foundFor(member: SessionInput, sessions: SessionInput[]): [string, Evidence][] {
  if (member.digest.replicationOf !== null) return []
  const others = sessions
    .filter(other => other !== member)
    .map(({ digest }) => ({ ...digest, sigma: digest.noise?.sigma ?? digest.assumed?.sigma ?? null }))
  return replications(member.digest, others).map(({ experiment, ...evidence }) => [
    keyOf({ session: member.session.id, experiment }),
    evidence,
  ])
}

/** Groups of keys: kept changes of different sessions that are the same change are in one group. */
function joined(keys: string[], evidence: Map<string, Evidence>): Set<string[]> {
  const sets = new Map(keys.map(key => [key, [key]]))
  for (const [key, { found }] of evidence)
    for (const other of found.filter(f => f.by !== 'reverse').map(keyOf)) {
      const [a, b] = [sets.get(key), sets.get(other)]
      if (!a || !b || a === b) continue
      a.push(...b)
      for (const moved of b) sets.set(moved, a)
    }
  return new Set(sets.values())
}

function lesson(keys: string[], members: Map<string, Member>, evidence: Map<string, Evidence>): Lesson {
  const kept = keys.flatMap(key => members.get(key) ?? []).sort((a, b) => weight(b) - weight(a))
  const all = keys.flatMap(key => evidence.get(key)?.found ?? [])
  const found = [...new Map(all.map(f => [`${keyOf(f)} ${f.says}`, f])).values()]
  const comparable = keys.some(key => evidence.get(key)?.comparable)
  return { kept, found, verdict: comparable ? verdictOf(found) : 'incomparable' }
}

function verdictOf(found: Replication['found']): Lesson['verdict'] {
  const says = (what: Replication['found'][number]['says']) => found.some(f => f.says === what)
  if (says('same')) return says('opposite') ? 'mixed' : 'replicated'
  if (says('opposite')) return 'contradicted'
  return found.length > 0 ? 'nothing' : 'untested'
}

const LABEL_RANK = { confirmed: 3, likely: 2, unproven: 1, 'too few runs': 1, refuted: 0 }
const weight = ({ label, share }: Member): number => LABEL_RANK[label] + Math.min(1, share ?? 0) / 2
const strength = ({ kept: [first] }: Lesson): number => (first ? weight(first) : 0)

function sharedKnobs(sessions: SessionInput[]): Week['knobs'] {
  const all = sessions.flatMap(({ digest, session }) =>
    digest.knobs.map(({ id, best, shape }) => ({ name: id, session: session.id, best, shape })),
  )
  return [...Map.groupBy(all, ({ name }) => name)]
    .filter(([, found]) => new Set(found.map(({ session }) => session)).size > 1)
    .map(([name, found]) => ({ name, sessions: found.map(({ session, best, shape }) => ({ session, best, shape })) }))
    .slice(0, LIMITS.knobs)
}

function untried({ digest, session }: SessionInput): Week['untried'] {
  const at = { session: session.id }
  const values = searchOf(digest).knobs.flatMap(({ id, untried, shape }) =>
    untried === null || shape === 'flat'
      ? []
      : [
          {
            ...at,
            what: `${id} at ${untried}`,
            why: shapeTexts[shape],
          },
        ],
  )
  const described = new Map(digest.near.misses.map(miss => [miss.experiment, miss.description]))
  const name = (n: number) => `${experimentName(n)} “${sanitizeText(described.get(n) ?? '', MAX_DESCRIPTION)}”`
  const pairs = digest.near.combinations.map(({ experiments: [a, b] }) => ({
    ...at,
    what: `${name(a)} and ${name(b)} together`,
    why: 'each fell short by no more than the noise',
  }))
  return [...values, ...pairs]
}
