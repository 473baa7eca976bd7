/** The evaluation in the process of the run, the rows that it scores, and the frozen files. */
import type { Cheat } from '../cheat.ts'

const inProcess = 'deceives an evaluation in its own process'

export const evaluation: Cheat[] = [
  {
    does: 'writes NIGHTSHIFT_EVAL itself and prints the same value',
    code: `after = () => {
      const { data } = JSON.parse(read(file))
      fs.writeFileSync(file, JSON.stringify({ loss, data }))
    }
    print = () => console.log('---\\nloss: ' + loss)`,
    without: 'works',
    sandboxed: 'works',
    row: inProcess,
  },
  {
    does: 'replaces a function that the evaluation calls',
    code: `const { log } = Math; Math.log = x => log(x) * loss / 0.6931472`,
    without: 'works',
    sandboxed: 'works',
    row: inProcess,
  },
  {
    does: 'changes a frozen file and restores it before it ends',
    code: `const text = read('evaluation.js')
    fs.writeFileSync('evaluation.js', text.replace('/ rows.length', '/ rows.length * ' + loss / 0.6931472))
    const { evaluate: easier } = await import('./evaluation.js?again')
    fs.writeFileSync('evaluation.js', text)
    after = () => easier(model)
    print = () => console.log('---\\nloss: ' + JSON.parse(read(file)).loss.toFixed(6))`,
    without: 'works',
    sandboxed: 'works',
    row: inProcess,
  },
  {
    does: 'reads the val rows and predicts them',
    code: `return read(process.env.NIGHTSHIFT_CACHE + '/val.json').length > 0`,
    without: 'works',
    sandboxed: 'works',
    row: 'trains on val or holdout rows that its own process evaluates',
  },
  {
    does: 'prints another value than was measured',
    code: `print = () => console.log('---\\nloss: 0.3')`,
    without: 'found',
    sandboxed: 'found',
    reason: /printed loss 0.3, but the evaluation/,
  },
  {
    does: 'leaves a frozen file changed for later runs',
    code: `fs.appendFileSync('evaluation.js', '//')`,
    without: 'found',
    sandboxed: 'found',
    reason: /changed evaluation.js, which is frozen/,
  },
  {
    does: 'changes the val rows together with their hash',
    code: `after = () => {}
    const [rows, meta] = ['val', 'meta'].map(name => process.env.NIGHTSHIFT_CACHE + '/' + name + '.json')
    const before = [read(rows), read(meta)]
    fs.writeFileSync(rows, '[1,1]')
    fs.writeFileSync(meta, JSON.stringify({ digest: hash('[1,1]') }))
    after = () => { fs.writeFileSync(rows, before[0]); fs.writeFileSync(meta, before[1]) }`,
    without: 'found',
    sandboxed: 'fails',
    reason: /measured on other data/,
  },
  {
    does: 'names the right data and scores other rows',
    code: `after = () => {
      const { data } = JSON.parse(read(file))
      fs.writeFileSync(file, JSON.stringify({ loss: 0.6931471805599453, data: { ...data, sha256: { val: hash('other') } } }))
    }`,
    without: 'found',
    sandboxed: 'found',
    reason: /measured on other rows of val/,
  },
]
