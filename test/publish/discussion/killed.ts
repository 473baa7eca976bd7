/** Posts as a process of its own, which a test kills between two writes. Arguments: API, folder. Time passes at once. */
import { join } from 'node:path'
import { publishDiscussion } from '../../../scripts/publish/discussion/post.ts'
import { markerOf } from '../../../scripts/publish/post.ts'
import { readRequest } from '../../../scripts/publish/request.ts'

const [, , api = '', folder = ''] = process.argv
const session = '2026-11-21-h100-abcd-nov21'
const key = `session ${session}`
const parts = ['The session.', 'One.', 'Two.'].map((text, i) => `${text}\n\n${markerOf(key, i)}\n`)
let now = Date.parse('2026-11-22T07:00:00Z')

const outcome = await publishDiscussion(
  { key, title: 'A session', parts, labels: [], sessions: [session] },
  { key: 'target', isOwn: false },
  readRequest({ to: 'discussion', api, repository: 'my-lab/research', category: 'Research' })([session]),
  {
    root: join(folder, 'sessions'),
    work: join(folder, 'work'),
    env: process.env,
    terminal: { step: () => {}, live: () => {}, headline: () => {} },
    clock: {
      now: () => now,
      wait: async milliseconds => {
        now += milliseconds
      },
    },
    draw: () => Promise.reject(new Error('A discussion has no figures.')),
    ask: null,
    approve: async () => true,
  },
)
process.stdout.write(JSON.stringify(outcome))
