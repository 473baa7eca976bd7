/** The environment of every git that reads a foreign repository: no hook, filter, helper or setting of anybody. */
import { mkdir, writeFile } from 'node:fs/promises'
import { devNull } from 'node:os'
import { join } from 'node:path'

export type Protocol = 'file' | 'https' | 'http' | 'ssh' | 'git'

/** The only git configuration, in a file so that programs started by git use it too; the user's is ignored. */
export async function closedEnvironment(home: string, protocol: Protocol): Promise<Record<string, string>> {
  const config = join(home, 'gitconfig')
  await mkdir(join(home, 'template'))
  await writeFile(
    config,
    `[core]
	hooksPath = ${devNull}
	fsmonitor = false
	attributesFile = ${devNull}
	askPass =
	symlinks = false
	; A commit graph may differ from the commits that it summarises.
	commitGraph = false
[protocol]
	allow = never
[protocol "${protocol}"]
	allow = always
[submodule]
	recurse = false
[fetch]
	recurseSubmodules = false
[credential]
	helper =
[safe]
	directory = *
[gc]
	auto = 0
[maintenance]
	auto = false
[init]
	templateDir = ${join(home, 'template')}
[pack]
	threads = 2
`,
  )
  const passedVariables = [
    'PATH',
    'TMPDIR',
    'SystemRoot',
    'SSH_AUTH_SOCK',
    'HTTPS_PROXY',
    'https_proxy',
    'HTTP_PROXY',
    'http_proxy',
    'NO_PROXY',
    'no_proxy',
    'SSL_CERT_FILE',
    'SSL_CERT_DIR',
    'GIT_SSL_CAINFO',
  ]
  return {
    ...Object.fromEntries(passedVariables.flatMap(name => (process.env[name] ? [[name, process.env[name]]] : []))),
    HOME: home,
    XDG_CONFIG_HOME: home,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: config,
    GIT_ATTR_NOSYSTEM: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_ALLOW_PROTOCOL: protocol,
    GIT_PROTOCOL_FROM_USER: '0',
    GIT_NO_LAZY_FETCH: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    SSH_ASKPASS: '',
    GIT_SSH_COMMAND: 'ssh -oBatchMode=yes',
  }
}
