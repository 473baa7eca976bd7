/** Opens the hosts of `engine: { use: ssh, … }`. */
import { mkdtemp, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { plural } from '../../lib/text.ts'
import { hostPlaces } from '../../program/engine.ts'
import type { OpenEngine } from '../opening.ts'
import { type HostEngineTiming, openHostEngine } from '../remote/hosts.ts'
import { sshHost } from './channel.ts'
import type { ConnectionTiming } from './connection.ts'

const usualRoot = '~/.cache/nightshift/nodes'

export interface SshTiming {
  hosts?: Partial<HostEngineTiming>
  connection?: Partial<ConnectionTiming>
}

export const openSsh: OpenEngine<'ssh'> = (spec, opening) => openSshWith({}, spec, opening)

/** @param timing for tests, which cannot wait for long */
export async function openSshWith(
  timing: SshTiming,
  ...[spec, opening]: Parameters<OpenEngine<'ssh'>>
): ReturnType<OpenEngine<'ssh'>> {
  const all = hostPlaces(spec, opening.resources).slice(0, opening.slots === 'auto' ? undefined : opening.slots)
  // What has no place is left alone, unless something of the session may be there.
  const used = [...spec.hosts.keys()].filter(
    index => opening.purpose === 'cancel' || all.some(({ host }) => host === index),
  )
  const places = all.map(place => ({ ...place, host: used.indexOf(place.host) }))
  const sockets = await mkdtemp(join(socketParent(), 'nightshift-'))
  const hosts = spec.hosts.flatMap((host, index) =>
    !used.includes(index)
      ? []
      : sshHost({
          host: host.host,
          config: spec.config === null ? null : withHome(spec.config),
          socket: join(sockets, String(index)),
          // Hosts may share a home folder, and two names may be of one machine.
          root: `${(host.root ?? spec.root ?? usualRoot).replace(/\/+$/, '')}/${opening.id}-${index}`,
          python: host.python ?? spec.python,
          ...(timing.connection === undefined ? {} : { timing: timing.connection }),
        }),
  )
  const engine = openHostEngine({
    description: description(hosts.length, places.length),
    hosts,
    places,
    files: opening.purpose === 'cancel' ? null : { ...opening.files, needs: Object.values(opening.links) },
    setUp: { target: opening.target, links: opening.links, inherit: [] },
    tell: opening.tell,
    ...(timing.hosts === undefined ? {} : { timing: timing.hosts }),
  })
  const thenRemove = async (ending: Promise<void>) => {
    try {
      await ending
    } finally {
      await rm(sockets, { recursive: true, force: true })
    }
  }
  return Object.assign(engine, {
    close: (
      (close: typeof engine.close) => () =>
        thenRemove(close())
    )(engine.close),
    detach: (
      (detach: typeof engine.detach) => () =>
        thenRemove(detach())
    )(engine.detach),
  })
}

const description = (hosts: number, places: number): string =>
  `ssh, ${plural(hosts, 'host')} with ${plural(places, 'place')} to train`

/** A socket's path may have about 100 bytes, and TMPDIR may be long. */
const socketParent = (): string => (tmpdir().length <= 50 ? tmpdir() : '/tmp')

const withHome = (path: string): string => (path.startsWith('~/') ? join(homedir(), path.slice(2)) : path)
