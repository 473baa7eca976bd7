/** The processes of Nightshift: the runner of the run, and the harness above it. */
import { execa } from 'execa'
import type { Cheat } from '../cheat.ts'

const rights = 'reads or stops processes of the harness'

export const harness: Cheat[] = [
  {
    does: 'kills its runner and forges its result',
    code: `const run = file.replace(/run-.*/, match => match.split('/')[0])
    const [runner] = harness()
    process.kill(runner, 'SIGKILL')
    fs.writeFileSync(run + '/exit.json', JSON.stringify({ text: '{"code":0,"seconds":0.1}', signature: 'AAAA' }))
    return true`,
    without: 'found',
    sandboxed: 'fails',
    needs: 'signals',
    reason: /its runner was killed/,
  },
  {
    does: 'asks its runner to end',
    code: `process.kill(harness()[0], 'SIGTERM'); await wait(10)`,
    without: 'found',
    sandboxed: 'fails',
    needs: 'signals',
    reason: /its runner was killed/,
  },
  {
    does: 'may signal the harness',
    code: `return process.kill(harness().at(-1), 0)`,
    without: 'works',
    sandboxed: 'fails',
    needs: 'signals',
    row: rights,
  },
  {
    does: "reads the harness's environment",
    code: `return read('/proc/' + harness().at(-1) + '/environ').includes('NIGHTSHIFT_WORK')`,
    without: 'works',
    sandboxed: 'fails',
    needs: 'signals',
    row: rights,
  },
  {
    does: "opens its runner's memory, which holds the key of its result",
    code: `fs.closeSync(fs.openSync('/proc/' + harness()[0] + '/mem', 'r')); return true`,
    // Where only parents may trace (Yama), it fails.
    without: null,
    sandboxed: 'fails',
    needs: 'signals',
    row: rights,
  },
  {
    does: 'finds the runner that waits for the next run',
    code: `return fs.readdirSync('/proc').some(pid => /^\\d+$/.test(pid) && /runner\\.(mjs|ts)/.test((() => { try { return read('/proc/' + pid + '/cmdline') } catch { return '' } })()))`,
    without: 'works',
    sandboxed: 'fails',
    needs: 'processes',
    row: rights,
  },
  {
    does: 'kills every process that it may',
    code: `process.kill(-1, 'SIGKILL'); await wait(10)`,
    without: null,
    sandboxed: 'found',
    needs: 'signals',
  },
  {
    does: 'leaves a process that outlives the run',
    code: `sh('(setsid env -i sleep 86461.' + index + ' >/dev/null 2>&1 &)')`,
    left: () => isRunning('sleep 86461.'),
    without: 'fails',
    sandboxed: 'fails',
  },
]

async function isRunning(text: string): Promise<boolean> {
  const { stdout } = await execa('ps', ['-eo', 'pid=,args='])
  const found = stdout.split('\n').filter(line => line.includes(` ${text}`))
  for (const line of found) process.kill(Number.parseInt(line, 10), 'SIGKILL')
  return found.length > 0
}
