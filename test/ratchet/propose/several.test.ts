import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { isThere } from '../../../scripts/lib/process/marked.ts'
import { set } from '../../helpers/target.ts'
import { write } from '../../helpers/throwaway.ts'
import { checkAgreement, checkIsolation, folderOf, gated, open, session } from '../gated.ts'

/**
 * An agent whose turns are numbered as they begin. The first six wait for ever. Of the next three, which meet, two are told
 * that the service is down. The tenth is the one that asks it again. The last two meet and propose the same.
 */
const agent = `#!/bin/sh
around=$(dirname "$0")
exec 9> "$around/lock"; flock 9
n=$(ls "$around/turns" | wc -l)
echo $$ > "$around/turns/$n"
flock -u 9; exec 9>&-
cat > "$around/prompt.$n"
meet() { for each in "$@"; do while [ -e "$around" ] && ! [ -e "$around/turns/$each" ]; do sleep 0.02; done; done; }
case $n in
[0-5]) meet never ;;
6) meet 7 8; ${set('A', '1')} ;;
7) meet 6 8; exit 75 ;;
8) meet 6 7; exit 75 ;;
9) ${set('B', '1')} ;;
10) meet 11; ${set('C', '1')} ;;
11) meet 10; ${set('C', '1')} ;;
*) ${set('D', '1')} ;;
esac
`

test('three turns at once are killed, stopped and taken up again, fail as one, and make no more than is allowed', {
  timeout: 90_000,
}, async () => {
  const root = await gated('', [], 'proposers: 3\n')
  const around = join(root, '..')
  await write(around, { 'agent.sh': agent, 'turns/.keep': '' })
  const turns = async (from: number) => {
    const names = (await readdir(join(around, 'turns'))).filter(name => Number(name) >= from)
    return Promise.all(names.map(async name => Number(await readFile(join(around, 'turns', name), 'utf8'))))
  }
  const begun = async (number: number) => {
    while ((await turns(number - 3)).filter(pid => pid > 0).length < 3) await wait(20)
    return turns(number - 3)
  }

  const killed = session(root, ['--experiments', '4', '--seeds', '1'])
  const first = await begun(3)
  killed.kill('SIGKILL')
  await killed
  expect(first.every(isThere)).toBe(true)
  const id = basename(await folderOf(root))
  expect((await readdir(join(around, 'work', id))).filter(name => /^proposal/.test(name)).sort()).toEqual([
    'proposal',
    'proposal-0-1',
    'proposal-0-1.jsonl',
    'proposal-0-2',
    'proposal-0-2.jsonl',
    'proposal-0.jsonl',
  ])

  const stopped = session(root, ['--resume', id])
  const second = await begun(6)
  expect(first.some(isThere)).toBe(false)
  stopped.kill('SIGINT')
  expect((await stopped).stderr).toContain('stopped by hand')
  expect(second.some(isThere)).toBe(false)

  const result = await session(root, ['--resume', id])
  expect(result.exitCode, result.stderr).toBe(0)
  const { events, experiments } = await open(root)
  expect(experiments.map(({ status }) => status)).toEqual(Array(5).fill('keep'))
  expect(events.flatMap(e => (e.event === 'agent-failed' ? [e.kind] : []))).toEqual(['overload'])
  expect(events.filter(e => e.event === 'agent-recovered')).toHaveLength(1)
  expect(result.stderr).toMatch(/^retry +command: the same tree was tried as 000\d; retrying$/m)
  // The twelfth was asked for again, and no other.
  expect(await turns(0)).toHaveLength(13)
  const prompt = (number: number) => readFile(join(around, `prompt.${number}`), 'utf8')
  for (const number of [0, 6, 7, 8]) expect(await prompt(number)).toContain('2 other proposals')
  await checkAgreement(root)
  await checkIsolation(root)
  const left = (await readdir(join(around, 'work', id))).filter(name => /^proposal/.test(name) && !/jsonl$/.test(name))
  expect(left).toEqual([])
})
