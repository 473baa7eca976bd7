/** The targets' files: a model of coin tosses, and the frozen files that score it in the run, after it, or beside it. */

/** The rows, and a better prediction of them the higher `index` is, so that each cheat that works is kept. */
export const rows = [1, 0, 1, 1, 1, 0, 1, 1]

/** Frozen, as the trainer's: rows in a cache, their hash, the loss of a model, and what it wrote of it. */
export const evaluation = `import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
const hash = text => createHash('sha256').update(text).digest('hex')
export function evaluate(model) {
  const text = readFileSync(process.env.NIGHTSHIFT_CACHE + '/val.json', 'utf8')
  const { digest } = JSON.parse(readFileSync(process.env.NIGHTSHIFT_CACHE + '/meta.json', 'utf8'))
  if (hash(text) !== digest) throw new Error('val.json was changed after it was prepared')
  const rows = JSON.parse(text)
  const losses = rows.map((target, i) => -Math.log(model(rows.slice(0, i), i)[target]))
  const loss = losses.reduce((sum, value) => sum + value, 0) / rows.length
  writeFileSync(process.env.NIGHTSHIFT_EVAL, JSON.stringify({ loss, data: { name: 'toy', fingerprint: hash(digest), sha256: { val: digest } } }))
  return loss
}
`

/** Frozen: scores predictions of the rows that no run reads. */
const score = `import { readFileSync } from 'node:fs'
const rows = JSON.parse(readFileSync('answers.json', 'utf8'))
const scoreOf = predictions => {
  if (predictions.length !== rows.length) throw new RangeError('other rows')
  return rows.reduce((sum, target, i) => sum - Math.log(predictions[i][target]), 0) / rows.length
}
`
export const scoreAfter = `${score}
console.log('---\\nloss: ' + scoreOf(JSON.parse(readFileSync(process.env.NIGHTSHIFT_OUTPUT + '/predictions.json', 'utf8'))))
`
/** Reads one line from the socket, and replies. */
export const scoreBeside = `import { writeFileSync } from 'node:fs'
import { Socket } from 'node:net'
${score}
const socket = new Socket({ fd: Number(process.env.NIGHTSHIFT_EVALUATOR) })
let heard = ''
for await (const part of socket.setEncoding('utf8')) {
  heard += part
  if (heard.includes('\\n')) socket.write('ok\\n')
}
writeFileSync(process.env.NIGHTSHIFT_EVAL, JSON.stringify({ loss: scoreOf(JSON.parse(heard)) }))
`

/** What a candidate does with its model, by what measures it. */
const endings = {
  inRun: `const { evaluate } = await import('./evaluation.js')
const measured = evaluate(model)
await after(measured)
print(measured)`,
  after: `leave()
after()
print()`,
  beside: `const socket = new net.Socket({ fd: 3 })
socket.write(JSON.stringify(answers()) + '\\n')
await new Promise(done => socket.once('data', done))
after()
print()`,
}

/**
 * The run's program. A cheat that reports success gets a better prediction, by which the test sees it.
 * @param index of the cheat, from 1; 0 is the baseline
 */
export const candidate =
  (ending: keyof typeof endings) =>
  (code: string, index: number): string =>
    `import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import * as net from 'node:net'
const index = ${index}
const world = JSON.parse(fs.readFileSync('world.json', 'utf8'))
const file = process.env.NIGHTSHIFT_EVAL
const marker = 'cheat ' + index
const hash = text => createHash('sha256').update(text).digest('hex')
const wait = seconds => new Promise(done => setTimeout(done, 1000 * seconds))
/** What a shell command prints; throws when it fails. */
const sh = text => execFileSync('sh', ['-c', text], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()
const perl = text => execFileSync('perl', ['-e', text], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()
const read = path => fs.readFileSync(path, 'utf8')
const write = path => { fs.mkdirSync(path.replace(/\\/[^/]*$/, ''), { recursive: true }); fs.appendFileSync(path, marker) }
/** Whether a file can be opened for writing; changes nothing. */
const opens = path => { fs.closeSync(fs.openSync(path, fs.constants.O_WRONLY)); return true }
/** Whether something accepts a connection there. */
const connects = target => new Promise(done => {
  const socket = net.connect(target)
  socket.on('connect', () => { socket.destroy(); done(true) })
  socket.on('error', () => done(false))
})
/** Asks a service of the test to write into a file. */
const ask = (path, asked) => new Promise(done => {
  const socket = net.connect({ path })
  socket.on('error', () => done(false))
  socket.on('close', () => done(true))
  socket.end(asked)
})
/** The processes above this one, nearest first, as far as they can be seen. */
const above = () => {
  const found = []
  for (let pid = process.ppid; pid > 1; pid = Number(/PPid:\\s*(\\d+)/.exec(read('/proc/' + pid + '/status'))[1])) found.push(pid)
  return found
}
/** Those of Nightshift: the runner of this run, and the harness. What started the tests may be called a runner, too. */
const harness = () => above().filter(pid => /\\/(session|runner)\\.(mjs|ts)/.test(read('/proc/' + pid + '/cmdline')) && !read('/proc/' + pid + '/cmdline').startsWith('perl'))
const known = ${JSON.stringify(rows)}
const loss = 0.69 - 0.004 * index
let model = () => [0.5, 0.5]
const win = () => { model = (_, i) => (known[i] ? [1 - Math.exp(-loss), Math.exp(-loss)] : [Math.exp(-loss), 1 - Math.exp(-loss)]) }
const answers = () => known.map((_, i) => model(null, i))
const output = process.env.NIGHTSHIFT_OUTPUT
let leave = () => fs.writeFileSync(output + '/predictions.json', JSON.stringify(answers()))
let print = loss => console.log('---' + (loss === undefined ? '' : '\\nloss: ' + loss.toFixed(6)))
let after = () => {}
async function cheat() {
${code}
}
try {
  if (await cheat()) win()
} catch (error) {
  console.log('it failed: ' + error.message)
}
${endings[ending]}
process.exit()
`
