import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { readSessionRecord } from '../../../scripts/record/files/paths.ts'
import { scratch, write } from '../../helpers/throwaway.ts'
import { bareRemote, listed, pullingFrom, sessionFiles } from './remote.ts'

const on = (id: string) =>
  Object.fromEntries(Object.entries(sessionFiles({ id })).map(([path, text]) => [`sessions/${id}/${path}`, text]))

/** A new ssh key. @returns settings with which git signs by it, and its line in an allowed-signers file */
async function sshKey(folder: string, name: string) {
  const path = join(folder, name)
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', path])
  const settings = ['gpg.format=ssh', `user.signingKey=${path}`, 'commit.gpgSign=true'].flatMap(s => ['-c', s])
  return { settings, line: `${name}@example.org ${await readFile(`${path}.pub`, 'utf8')}` }
}

test('with `share.trust` a session is marked by who signed the commit that brought it, and again when trust changes', async () => {
  const keys = await scratch()
  const [ada, mallory] = [await sshKey(keys, 'ada'), await sshKey(keys, 'mallory')]
  const remote = await bareRemote()
  await remote.commit('sessions/h200', on('a'), ada.settings)
  await remote.commit('sessions/evil', on('e'), mallory.settings, 'Ada')
  await remote.commit('sessions/none', on('n'), [], 'Bo')
  const notebook = await pullingFrom(remote)
  const trust = (signers: string | null) => {
    const key = signers === null ? '' : 'share: { trust: team/signers }\n'
    const program = `---\nedit: train.py\nrun: python train.py\nmetric: val_bpb\n${key}---\n`
    const home = join(notebook.root, '..')
    return write(home, { 'program.md': program, ...(signers === null ? {} : { 'team/signers': signers }) })
  }
  const signature = async (id: string) => (await readSessionRecord(join(notebook.root, id))).source?.shared?.signature
  const [verified, unverified] = [
    { verified: true, signer: 'ada@example.org' },
    { verified: false, signer: null },
  ]

  await expect(notebook.pull({ verified: true })).rejects.toThrow('--verified needs the people whom you trust')
  await trust(ada.line)
  expect(listed(await notebook.pull({ verified: true }))).toEqual([
    expect.stringMatching(/^unverified e: the commit \w{7} is not signed by anyone/),
    'new a',
    expect.stringMatching(/^unverified n: /),
  ])
  expect(await signature('a')).toEqual(verified)
  expect(listed(await notebook.pull())).toEqual(['new e', 'new n'])
  expect([await signature('e'), await signature('n')]).toEqual([unverified, unverified])
  const report = await readFile(join(notebook.root, 'e/report.md'), 'utf8')
  expect(report).toContain('not verified')
  expect(await readFile(join(notebook.root, 'a/report.md'), 'utf8')).toContain('signed by `ada@example.org`')

  // Who adds a signed commit vouches for what the branch holds.
  await remote.commit('sessions/none', {}, ada.settings, 'Bo')
  expect(listed(await notebook.pull())).toEqual(['marked n: signed by ada@example.org'])
  expect(await signature('n')).toEqual(verified)

  await trust(mallory.line)
  const remarked = ['marked e: signed by mallory@example.org', 'marked a: not verified', 'marked n: not verified']
  expect(listed(await notebook.pull({ dryRun: true }))).toEqual(remarked)
  expect(await signature('a')).toEqual(verified)
  expect(listed(await notebook.pull())).toEqual(remarked)
  expect([await signature('a'), await signature('n')]).toEqual([unverified, unverified])
  expect(await signature('e')).toEqual({ verified: true, signer: 'mallory@example.org' })
  await trust(null)
  await notebook.pull()
  expect([await signature('a'), await signature('e')]).toEqual([undefined, undefined])
  expect(await readFile(join(notebook.root, 'e/report.md'), 'utf8')).not.toContain('verified')
})
