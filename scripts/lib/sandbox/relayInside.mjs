/**
 * Started inside a sandbox that has a network of its own: node relayInside.mjs SOCKET PORT… -- COMMAND…
 * Listens on each port of the sandbox's loopback, passes each connection on through the Unix socket SOCKET to `openRelay`
 * outside (its first two bytes: the port, big-endian), and runs the command with descriptors 0 to 3 and all signals as
 * they are. Ends as the command ends. Plain JavaScript and node's modules only: it delays the start of each run.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readlinkSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { constants } from 'node:os'

/**
 * Not those that cannot be caught, are this process's own affair (its child, its memory, its profiler), or stop the group.
 */
const forwarded = /** @type {NodeJS.Signals[]} */ (Object.keys(constants.signals)).filter(
  name =>
    !/^SIG(KILL|STOP|CHLD|CLD|ILL|TRAP|ABRT|IOT|BUS|FPE|SEGV|SYS|STKFLT|PROF|VTALRM|PIPE|TSTP|TTIN|TTOU|URG|WINCH)$/.test(
      name,
    ),
)

const [socket = '', ...rest] = process.argv.slice(2)
const end = rest.indexOf('--')
const [file = '', ...args] = rest.slice(end + 1)

await Promise.all(
  rest
    .slice(0, end)
    .map(Number)
    .flatMap(port => ['127.0.0.1', '::1'].map(host => listen(host, port))),
)
runCommand()

/**
 * Where the port is taken inside, may not be used, or IPv6 is off, there is nothing to pass on.
 * @param {string} host
 * @param {number} port
 */
async function listen(host, port) {
  const header = Buffer.alloc(2)
  header.writeUInt16BE(port)
  const server = createServer({ allowHalfOpen: true }, inner => {
    const outer = connect({ path: socket, allowHalfOpen: true })
    outer.write(header)
    inner.pipe(outer).pipe(inner)
    for (const [one, other] of [
      [inner, outer],
      [outer, inner],
    ])
      one?.on('error', () => other?.destroy())
  })
  server.listen(port, host)
  await once(server, 'listening').catch(() => {})
}

/** In a group of its own, so that a signal to this process and its group reaches the command once. */
function runCommand() {
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let child
  // Before the command is there, which may ask for a signal at once.
  for (const name of forwarded) process.on(name, () => child?.pid && signal(-child.pid, name))
  child = spawn(file, args, {
    stdio: ['inherit', 'inherit', 'inherit', ...(isGiven(3) ? [3] : [])],
    detached: true,
  })
  child.on('error', error => {
    console.error(error.message)
    process.exit(127)
  })
  child.on('exit', (code, name) => {
    if (name === null) process.exit(code)
    process.removeAllListeners(name)
    signal(process.pid, name)
    // Process 1 of a PID namespace is not ended by its own signal.
    setTimeout(() => process.exit(128 + constants.signals[name]), 100)
  })
}

/**
 * Whether a descriptor was passed to this process; if not, it is one of node's own, which makes an event queue first.
 * @param {number} descriptor
 */
function isGiven(descriptor) {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`) !== 'anon_inode:[eventpoll]'
  } catch {
    return false
  }
}

/**
 * @param {number} pid
 * @param {NodeJS.Signals} name
 */
function signal(pid, name) {
  try {
    process.kill(pid, name)
  } catch {
    // ESRCH: it has ended.
  }
}
