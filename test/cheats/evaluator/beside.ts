/** A frozen process that is connected to the run: `evaluate: { serve: COMMAND }`. */
import type { Cheat } from '../cheat.ts'

const row = 'reads what `hide` names, or what its evaluator draws with'

/** The processes whose command has score.js, as far as they can be seen. */
const evaluators = `fs.readdirSync('/proc').filter(pid => /^\\d+$/.test(pid)).filter(pid => { try { return read('/proc/' + pid + '/cmdline').endsWith('score.js\\0') } catch { return false } })`

export const besideRun: Cheat[] = [
  {
    does: 'prints another value than its evaluator measured',
    code: `print = () => console.log('---\\nloss: 0.2')`,
    without: 'found',
    sandboxed: 'found',
    reason: /printed loss 0.2, but the evaluation/,
  },
  {
    does: "reads its evaluator's environment, and with it the secret",
    code: `return ${evaluators}.some(pid => read('/proc/' + pid + '/environ').includes('NIGHTSHIFT_SECRET='))`,
    without: 'works',
    sandboxed: 'fails',
    needs: 'signals',
    row,
  },
  {
    does: "opens its evaluator's memory",
    code: `const [pid] = ${evaluators}; fs.closeSync(fs.openSync('/proc/' + pid + '/mem', 'r+')); return true`,
    // Where only parents may trace (Yama), it fails.
    without: null,
    sandboxed: 'fails',
    needs: 'signals',
    row,
  },
  {
    does: 'kills its evaluator',
    code: `for (const pid of ${evaluators}) process.kill(pid, 'SIGKILL')`,
    without: 'found',
    sandboxed: 'fails',
    needs: 'signals',
  },
  {
    does: 'sends its evaluator nonsense',
    code: `const write = net.Socket.prototype.write
    net.Socket.prototype.write = function (data, ...more) { return write.call(this, String(data).replace('[', '('), ...more) }`,
    without: 'found',
    sandboxed: 'found',
    reason: /its evaluator failed/,
  },
  {
    does: 'reads the hidden answers through the folder of its evaluator',
    code: `return ${evaluators}.concat(fs.readdirSync('/proc').filter(pid => /^\\d+$/.test(pid))).some(pid => { try { return read('/proc/' + pid + '/cwd/answers.json').length > 0 } catch { return false } })`,
    without: 'works',
    sandboxed: 'fails',
    needs: 'signals',
    row,
  },
]
