/** What the tests open engines over ssh with. */
import type { Opening } from '../../../scripts/engines/opening.ts'
import type { SshSpec } from '../../../scripts/program/engine.ts'
import { python } from '../node/modules.ts'
import { filesOf } from '../remote/jobs.ts'

export const specOf = ({
  hosts,
  config,
  root,
}: {
  hosts: (string | { host: string; gpus: number })[]
  config: string
  root: string
}): SshSpec => ({
  use: 'ssh',
  hosts: hosts.map(host => ({ gpus: null, python: null, root: null, ...(typeof host === 'string' ? { host } : host) })),
  config,
  root,
  python,
  queue_timeout: 1800,
  links: {},
})

export const opening = (over: Partial<Opening> = {}): Opening => ({
  id: 'session',
  work: '/nonexistent',
  folder: '/nonexistent',
  resources: null,
  slots: 'auto',
  target: '.',
  links: {},
  files: filesOf({ 'train.sh': 'echo base\n', 'other.txt': 'other\n' }),
  purpose: 'run',
  tell: () => {},
  ...over,
})
