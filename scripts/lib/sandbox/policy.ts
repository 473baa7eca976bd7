/** What a sandboxed command may do, and the paths of it that differ from "readable, not writable". */
import { lstatSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Failure } from '../errors.ts'
import { contains } from '../paths.ts'
import { relayedCommand } from './createRelay.ts'
import type { Relay } from './relay.ts'

/**
 * Paths are absolute and may go through links. What is named nowhere is readable and not writable, except what lies in /tmp and
 * /var/tmp of outside, which is hidden, as by `hidden`.
 */
export interface Policy {
  /** Existing folders and files; they may lie inside a hidden folder. All in them is writable. */
  writable: string[]
  /** Cannot be read, nor listed; missing ones are ignored. They must not lie inside a writable folder. */
  hidden: string[]
  /** Paths inside hidden folders that stay readable; missing ones are ignored. */
  readable: string[]
  /** HOME inside: a folder of its own, one of `writable`. */
  home: string
  /** An existing folder that is /tmp and /var/tmp inside; with a mechanism that cannot mount, it is TMPDIR. */
  tmp: string
  /**
   * local: an own loopback, Unix sockets that lie at readable paths, and what `relay` has; none: an own loopback, and no
   * sockets of /run; all: as outside
   */
  network: 'local' | 'none' | 'all'
  /** From `createRelay`: what of this machine's loopback stays reachable with network local; null: nothing */
  relay: Relay | null
}

/** A path at which access differs from that of the folder around it. Resolved: it goes through no link. */
export interface Rule {
  path: string
  /** tmp: a folder of temporary files outside, which is hidden, or replaced by that of the policy */
  access: 'write' | 'read' | 'hide' | 'tmp'
  isFolder: boolean
}

/** The command, after the relay's inside part where the policy has a relay: for a mechanism with a network of its own. */
export const withRelay = ({ network, relay }: Policy, command: string[]): string[] =>
  network === 'local' && relay !== null ? relayedCommand(relay, command) : command

/** What stays of /run without a network: programs and drivers of NixOS, and the driver's sockets of NVIDIA. */
const neededOfRun = [
  'opengl-driver',
  'opengl-driver-32',
  'current-system',
  'wrappers',
  'booted-system',
  'nvidia-persistenced',
  'nvidia-fabricmanager',
]

/** Folders of temporary files outside, resolved. */
export const temporaryFolders = (): string[] => [
  ...new Set(['/tmp', '/var/tmp'].flatMap(path => resolved(path)?.path ?? [])),
]

/**
 * From the outermost to the innermost, so that each holds inside those before it.
 * @throws {Failure} when a path must exist and does not, or a hidden one lies inside a writable one
 */
export function rulesOf(policy: Policy): Rule[] {
  const { network, relay } = policy
  const isOffline = network === 'none'
  const hidden = [...policy.hidden, ...(isOffline ? ['/run'] : [])]
  const readable = [
    ...policy.readable,
    ...(isOffline ? neededOfRun.map(name => join('/run', name)) : []),
    ...(network === 'local' && relay !== null ? [process.execPath, import.meta.dirname, dirname(relay.socket)] : []),
  ]
  const all = [
    ...hidden.flatMap(path => ruleOf(path, 'hide') ?? []),
    ...temporaryFolders().flatMap(path => ruleOf(path, 'tmp') ?? []),
    ...readable.flatMap(path => ruleOf(path, 'read') ?? []),
    ...policy.writable.map(path => ruleOf(path, 'write') ?? missing(path)),
  ]
  // The last one of the same path counts: writable before readable before hidden.
  const byPath = new Map(all.map(rule => [rule.path, rule]))
  const rules: Rule[] = []
  for (const rule of [...byPath.values()].sort((a, b) => depth(a.path) - depth(b.path))) {
    const around = rules.findLast(({ path }) => contains(path, rule.path))?.access ?? 'read'
    if (rule.access === 'hide' && around === 'write')
      throw new Failure(
        `The sandbox cannot hide ${rule.path}, which lies inside a folder that it lets a run write to.`,
        'Move it out of the run’s folders.',
      )
    if (!changesNothing[around].includes(rule.access)) rules.push(rule)
  }
  return rules
}

/** By the access around a path. What is writable is readable, and what is hidden in /tmp is not there. */
const changesNothing: Record<Rule['access'], Rule['access'][]> = {
  read: ['read'],
  write: ['write', 'read', 'tmp'],
  hide: ['hide', 'tmp'],
  tmp: ['hide', 'tmp'],
}

function missing(path: string): never {
  throw new Failure(`The sandbox cannot make ${path} writable: it is not there.`, 'Create it before the run.')
}

const ruleOf = (path: string, access: Rule['access']): Rule | null => {
  const found = resolved(path)
  return found === null ? null : { ...found, access }
}

/** null where there is nothing, or nothing that this user can reach. */
function resolved(path: string): { path: string; isFolder: boolean } | null {
  try {
    const real = realpathSync(path)
    return { path: real, isFolder: lstatSync(real).isDirectory() }
  } catch {
    return null
  }
}

const depth = (path: string): number => path.split('/').filter(name => name !== '').length
