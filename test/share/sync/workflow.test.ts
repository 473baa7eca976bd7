/** The workflows of docs/sharing.md: what a machine's branch carries, and what it starts. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { notebook as checkout } from '../../../scripts/lib/paths.ts'
import { git, scratch } from '../../helpers/throwaway.ts'
import { workflowErrors } from '../../helpers/workflow.ts'
import { addSession, bareRepository, notebook } from './notebooks.ts'

const id = '2026-11-20-cpu-abcd-one'
const path = 'sessions/cpu-abcd:.github/workflows/nightshift.yml'

test('a branch carries the workflow that starts the named one, until it is taken away', async () => {
  const remote = await bareRepository()
  const own = await notebook(remote)
  await addSession(own.root, id)
  await own.sync({ workflow: 'sessions.yml' })
  const text = await git(remote, 'show', path)
  expect(workflowErrors(text)).toEqual([])
  expect(parse(text)).toMatchObject({
    on: { push: { branches: ['sessions/**'] } },
    permissions: { actions: 'write' },
    jobs: { start: { steps: [{ run: 'gh workflow run sessions.yml --ref "$BRANCH"' }] } },
  })
  // It is remembered; a session that changes leaves it there.
  await addSession(own.root, '2026-11-21-cpu-abcd-two')
  await own.sync()
  expect(await git(remote, 'show', path)).toBe(text)
  await own.sync({ workflow: 'none' })
  expect(await git(remote, 'ls-tree', '--name-only', 'sessions/cpu-abcd')).toBe('notebook.json\nsessions')
  await expect(async () => own.sync({ workflow: 'x.yml; rm -rf /' })).rejects.toThrow('is not the name of a workflow')
})

test('the documented workflow is one that GitHub takes, and brings the sessions of all branches', async () => {
  const docs = await readFile(join(checkout, 'docs/sharing.md'), 'utf8')
  const [, text = ''] = /```yaml\n(name: Sessions\n.*?)```/s.exec(docs) ?? []
  expect(workflowErrors(text)).toEqual([])
  const { permissions, jobs } = parse(text)
  expect(permissions).toEqual({ contents: 'read' })
  expect(jobs.build.permissions).toEqual({ contents: 'read', pages: 'read' })
  expect(jobs.deploy.permissions).toEqual({ pages: 'write', 'id-token': 'write' })
  const step = jobs.build.steps.find((each: { run?: string }) => each.run)
  const [bring = '', build = ''] = step.run.split('\n')
  // The building of pages is tested with the workflow of docs/publishing.md.
  expect(build).toMatch(/^npx pnpm site --out "\$RUNNER_TEMP\/pages" --base "\$ADDRESS"$/)
  const remote = await bareRepository()
  for (const label of ['cpu-abcd', 'cpu-efgh']) {
    const own = await notebook(remote, label)
    await addSession(own.root, `2026-11-20-${label}-one`)
    await own.sync()
  }
  const home = await scratch()
  const { all } = await execa('sh', ['-c', bring], {
    cwd: checkout,
    env: { REMOTE: remote, NIGHTSHIFT_SESSIONS: join(home, 'sessions'), NIGHTSHIFT_WORK: join(home, 'work') },
    all: true,
  })
  expect(all).toMatch(/2026-11-20-cpu-abcd-one/)
  expect(all).toMatch(/2026-11-20-cpu-efgh-one/)
})
