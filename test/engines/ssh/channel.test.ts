import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect } from 'vitest'
import { Unusable } from '../../../scripts/engines/remote/hostAccess.ts'
import { type SshHost, sshHost } from '../../../scripts/engines/ssh/channel.ts'
import { Failure } from '../../../scripts/lib/errors.ts'
import { type HostSetting, overSsh, type SshHosts, startHosts } from '../../helpers/sshd.ts'
import { type Finished, scratch } from '../../helpers/throwaway.ts'

/** One host, and its access with short waits. */
async function oneHost(finished: Finished, setting: Partial<HostSetting> = {}, more: Partial<SshHost> = {}) {
  const hosts = await startHosts([{ name: 'box', ...setting }], finished)
  return { hosts, ...(await accessTo(hosts, finished, more)) }
}

async function accessTo(
  { config, folder }: Pick<SshHosts, 'config' | 'folder'>,
  finished: Finished,
  more: Partial<SshHost> = {},
) {
  const root = join(folder, 'root')
  const socket = join(await scratch(finished), 's')
  const access = sshHost({ host: 'box', config, socket, root, python: null, timing: { connect: 3, alive: 1 }, ...more })
  finished(() => access.close())
  return { access, root }
}

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const error = await promise.then(
    () => expect.fail('it succeeded'),
    (error: unknown) => error,
  )
  expect(error).toBeInstanceOf(Failure)
  return error as Failure
}

/** A program that is executed in the place of the user's shell. */
async function shellOf(finished: Finished, lines: string[]): Promise<string> {
  const path = join(await scratch(finished), 'shell')
  await writeFile(path, ['#!/bin/sh', ...lines, ''].join('\n'))
  await chmod(path, 0o755)
  return path
}

overSsh('the runner comes to a host once, and its verbs are called over one connection', async finished => {
  const { access, root, hosts } = await oneHost(finished)
  expect(await access.install()).toEqual({ root, has: ['.nightshift', 'node'], python: null })
  const before = await readdir(join(root, 'node'))
  expect(before).toContain('__main__.py')
  const stamp = join(root, 'node/stamp')
  await writeFile(join(root, 'node/mark'), '')
  await access.install()
  expect(await readdir(join(root, 'node'))).toContain('mark')
  // Modules of another version are replaced.
  await writeFile(stamp, 'older')
  await access.install()
  expect((await readdir(join(root, 'node'))).sort()).toEqual(before.sort())
  const failed = await Promise.all(Array.from({ length: 20 }, () => failureOf(access.channel.call(['no-verb']))))
  for (const { message } of failed) expect(message).toMatch(/^`no-verb` on box failed: There is no verb "no-verb"/)
  expect(await hosts.connections('box')).toBe(1)
})

overSsh('a connection that broke is made again', async finished => {
  const { access, hosts } = await oneHost(finished)
  await access.install()
  await hosts.kill('box')
  expect((await failureOf(access.install())).message).toMatch(/^ssh does not reach box: /)
  const refused = await failureOf(access.install())
  expect(refused.message).toMatch(/Connection refused/)
  expect(refused).not.toBeInstanceOf(Unusable)
  await hosts.start('box')
  await access.install()
  await hosts.freeze('box')
  expect((await failureOf(access.install())).message).toMatch(/^ssh does not reach box: /)
  await hosts.thaw('box')
  await access.install()
})

overSsh('what a login shell prints is no part of an answer', async finished => {
  const shell = await shellOf(finished, [
    'echo "Welcome to box"',
    'echo "{}"; echo "\u001b[31mno mail" >&2; printf "no line end"',
    'exec sh -c "$SSH_ORIGINAL_COMMAND"',
  ])
  const { access, root } = await oneHost(finished, { shell })
  expect(await access.install()).toMatchObject({ root })
  expect((await failureOf(access.channel.call(['no-verb']))).message).toMatch(/There is no verb "no-verb"/)
})

// Each that is installed here.
overSsh('words reach a host as they are through every login shell', async finished => {
  const shells = ['bash', 'dash', 'zsh', 'fish', 'tcsh', 'csh', 'ksh', 'mksh', 'ash']
  const { stdout } = await execa('sh', ['-c', shells.map(shell => `command -v ${shell}`).join('; '), 'true'], {
    reject: false,
  })
  const installed = stdout.split('\n').filter(path => path.startsWith('/'))
  expect(installed.length).toBeGreaterThan(0)
  for (const shell of installed) {
    const through = await shellOf(finished, [`exec ${shell} -c "$SSH_ORIGINAL_COMMAND"`])
    const words = `it's "$HOME" \`id\` \\ ! ; é %`
    const { access } = await oneHost(finished, { shell: through })
    await access.install()
    expect((await failureOf(access.channel.call([words]))).message, shell).toContain(`There is no verb "${words}"`)
  }
})

overSsh('a host whose Python is missing or too old is said to be so', async finished => {
  const empty = await scratch(finished)
  await symlink('/bin/sh', join(empty, 'sh'))
  await symlink('/bin/cat', join(empty, 'cat'))
  const withPath = async (path: string) => {
    const shell = await shellOf(finished, [`PATH=${path}`, 'exec sh -c "$SSH_ORIGINAL_COMMAND"'])
    return (await oneHost(finished, { shell })).access
  }
  const none = await failureOf((await withPath(empty)).install())
  expect(none).toBeInstanceOf(Unusable)
  expect(none.message).toMatch(/^box has no Python: .*python3.*not found/)
  expect(none.advice).toMatch(/Name one as `python`/)

  // Stands for an older one: what it executes sees its version.
  const old = await scratch(finished)
  const stub = `#!/bin/sh\ncode="$5"\nexec /usr/bin/env -i PATH=/usr/bin:/usr/local/bin python3 -I -S -c 'import sys; sys.version_info = (3, 8, 10); code = sys.argv.pop(1); exec(code)' "$code" "$6" "$7"\n`
  await writeFile(join(old, 'python3'), stub)
  await chmod(join(old, 'python3'), 0o755)
  const tooOld = await failureOf((await withPath(`${old}:/usr/bin:/bin`)).install())
  expect(tooOld.message).toMatch(/its Python is 3\.8\.10, and 3\.10 or later is needed: name one as `python`/)
})

overSsh('an interpreter or the folder of a virtual environment is named by its path', async finished => {
  const folder = await scratch(finished)
  await mkdir(join(folder, 'venv/bin'), { recursive: true })
  const stub = (name: string) => `#!/bin/sh\necho ${name} >> ${join(folder, 'used')}\nexec python3 "$@"\n`
  for (const [path, name] of [
    [join(folder, 'venv/bin/python3'), 'venv'],
    [join(folder, 'interpreter'), 'interpreter'],
  ] as const) {
    await writeFile(path, stub(name))
    await chmod(path, 0o755)
  }
  const hosts = await startHosts([{ name: 'box' }], finished)
  for (const python of [join(folder, 'venv'), join(folder, 'interpreter')]) {
    const { access } = await accessTo(hosts, finished, { python })
    expect(await access.install()).toMatchObject({ python })
  }
  expect(await readFile(join(folder, 'used'), 'utf8')).toBe('venv\ninterpreter\n')
})

overSsh('ssh says why it does not connect, and what to do', async finished => {
  const { config, folder } = await startHosts([{ name: 'box' }], finished)
  const text = await readFile(config, 'utf8')
  const reason = async (name: string, content: string, host = 'box') => {
    const path = join(folder, name)
    await writeFile(path, content)
    const { access } = await accessTo({ config: path, folder }, finished, { host })
    const failure = await failureOf(access.install())
    expect(failure).toBeInstanceOf(Unusable)
    return `${failure.message} ${failure.advice}`
  }
  const otherKey = join(folder, 'box/host_key')
  expect(await reason('key', text.replace(/IdentityFile .*/, `IdentityFile ${otherKey}`))).toMatch(
    /^ssh does not reach box: .*Permission denied \(publickey\)\. .*ssh-add/,
  )
  // The user's strictness holds: an unknown key is not accepted.
  expect(await reason('known', text.replace(/UserKnownHostsFile .*/, 'UserKnownHostsFile /dev/null'))).toMatch(
    /^ssh does not reach box: .*ost key.* Log in once by hand/,
  )
  expect(await reason('bad', `${text}\nNoOption yes\n`)).toMatch(/Correct the ssh config/)
  expect(await reason('gone', text, 'no-such-host.invalid')).toMatch(/Could not resolve hostname no-such-host\.invalid/)
})

overSsh('a hostile host is a failure: garbage, endless output, a shell that executes nothing', async finished => {
  const answers = {
    garbage:
      'printf "%s" "$SSH_ORIGINAL_COMMAND" | grep -q connected && exec sh -c "$SSH_ORIGINAL_COMMAND"; echo garbage',
    endless: 'printf "%s" "$SSH_ORIGINAL_COMMAND" | grep -q connected && exec sh -c "$SSH_ORIGINAL_COMMAND"; yes',
    'endless login': 'yes',
    nothing: 'exit 0',
  }
  const said: Record<string, string> = {}
  for (const [name, line] of Object.entries(answers)) {
    const { access } = await oneHost(finished, { shell: await shellOf(finished, [line]) })
    said[name] = (await failureOf(access.install())).message
  }
  expect(said).toEqual({
    garbage: 'box did not execute the command: garbage.',
    endless: expect.stringMatching(/more than \d+ bytes of output/),
    'endless login': expect.stringMatching(/^ssh does not reach box: its login shell prints more than \d+ bytes/),
    nothing: expect.stringMatching(/^ssh does not reach box: /),
  })
})
