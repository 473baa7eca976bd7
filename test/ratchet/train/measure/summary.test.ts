import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRedactor } from '../../../../scripts/lib/secrets/redact.ts'
import { lastBlock, lastLines, numbersOf, readValue } from '../../../../scripts/ratchet/train/measure/summary.ts'

const numbers = (log: string) => numbersOf(lastBlock(log, 'score'))
const read = (log: string) => {
  const value = readValue(lastBlock(log, 'score'), 'score')
  return value.kind === 'value' ? value.printed.number : value.why
}

test("karpathy/autoresearch's summary block is read", () => {
  const block =
    'step 1\n---\nval_bpb:          0.997900\ntraining_seconds: 300.1\npeak_vram_mb:     45060.2\nnum_steps:        953\n'
  expect(numbers(block)).toEqual({ val_bpb: 0.9979, training_seconds: 300.1, peak_vram_mb: 45060.2, num_steps: 953 })
})

test.each([
  ['a progress bar that ends in a carriage return', '\r 50%|##  | 1/2\r---\nscore: 1.5\n'],
  ['a progress bar on the same line', ' 50%|##  | 1/2---\nscore: 1.5\n'],
  ['a bar of tqdm that is not closed', '100%|████| 10/10 [00:01<00:00, 9.8it/s]---\nscore: 1.5\n'],
  [
    "karpathy/autoresearch's step line without its line end",
    `step 00953 (100.0%) | loss: 2.1 | remaining: 0s    ---\nscore: 1.5`,
  ],
  ['a bar between the lines', '---\nsteps: 3\n\r100%|####| 2/2\rscore: 1.5\n'],
  ['a bar after the block', '---\nscore: 1.5\n100%|####| 2/2 [00:01<00:00]\n'],
  ['colours', '\u001b[1m---\u001b[0m\n\u001b[32mscore: 1.5\u001b[0m\n'],
  ['a cleared line', 'working\u001b[2K\r---\r\n\u001b[1Gscore: 1.5\r\n'],
  ['indentation', '  ---\n  score: 1.5\n\tsteps: 3\n'],
  ['equals signs', '---\nscore = 1.5\nsteps=3\n'],
  ['a unit', '---\nscore: 1.5 ms\n'],
  ['a unit without a blank', '---\nscore: 1.5ms\n'],
  ['a percent sign', '---\nscore: 1.5 %\n'],
  ['a unit with a slash', '---\nscore:1.5 bits/byte\n'],
  ['an exponent', '---\nscore: 15E-1\n'],
  ['a blank line and words between', '---\n\nmodel: gpt\nTime taken: 3 s\nscore: 1.5\n'],
  ['Windows line ends', 'step\r\n---\r\nscore: 1.5\r\n'],
  ['carriage returns alone', 'step\r---\rscore: 1.5\r'],
  ['no line end', '---\nscore: 1.5'],
  ['the same value twice', '---\nscore: 1.5\nscore: 1.50\n'],
  ['no ---, at the end of the log', 'epoch 3 done\nsteps: 3\nscore: 1.5\n\n'],
  ['no ---, with a bar behind', 'score: 1.5\r100%|####| 2/2\n'],
  ['no --- at the end, after a block of a configuration', '---\nlr: 0.1\nwd: 0.2\ntraining\nscore: 1.5\n'],
])('the block is found behind %s', (_, log) => {
  expect(read(log)).toBe(1.5)
})

test.each([
  [
    'a decimal comma',
    '---\nscore: 1,095\n',
    'the summary has score as “1,095”, which is not one number: a comma may separate thousands or decimals',
  ],
  ['both marks', '---\nscore: 1.095,5\n', /“1\.095,5”, which is not one number/],
  ['a comma after 0', '---\nscore: 0,95\n', /“0,95”, which is not one number/],
  ['thousands', '---\nscore: 1,234,567.5\n', /not one number/],
  ['a comma without ---', 'score: 1,095\n', /not one number/],
  ['blanks for thousands', '---\nscore: 1 234\n', /“1 234”, which is not a number/],
  ['a multiple', '---\nscore: 1.2M\n', /“1\.2 M”, which may be a multiple or a unit/],
  ['a hexadecimal number', '---\nscore: 0x10\n', /not a number/],
  ['a version', '---\nscore: 1.2.3\n', /not a number/],
  ['an exponent that was cut off', '---\nscore: 1.5e\n', /not a number/],
  ['a word', '---\nscore: None\n', /“None”, which is not a number/],
  ['a word that begins like infinity', '---\nscore: info\n', /not a number/],
  ['a remark', '---\nscore: 1.2 (best 1.1)\n', /not a number/],
  ['two values', '---\nscore: 1.2\nscore: 1.1\n', 'the summary has different values of score: 1.2, 1.1'],
  ['progress without ---', 'score: 1.2\nepoch 2\nscore: 1.1\n', 'the summary has different values of score: 1.2, 1.1'],
  ['no block', 'hello\n', 'no summary block in the log'],
  ['words after a value without ---', 'score: 1.5\nDone.\n', 'no summary block in the log'],
  ['another last block', '---\nscore: 1.5\n---\nloss: 2\n', 'the summary has no score'],
  ['another spelling', '---\nScore: 1.5\n', 'the summary has no score'],
])('refused: %s', (_, log, why) => {
  if (typeof why === 'string') expect(read(log)).toBe(why)
  else expect(read(log)).toMatch(why)
})

test('the last block counts, and any other line ends it', () => {
  expect(read('---\nscore: 1.0\n---\nscore: 0.9\nbye\nscore: 0.1\n')).toBe(0.9)
})

test('a line of dashes without values after it is no block', () => {
  expect(read('---\nscore: 0.9\n---\nDone.\n')).toBe(0.9)
  expect(read('---\nscore: 0.9\n----------\nother: 3\n')).toBe(0.9)
})

test('a number whose unit contradicts its name is left out', () => {
  const block =
    'score: 1.5 ms\npeak_vram_mb: 44.0 GB\ntotal_seconds: 5.5 min\ntraining_seconds: 300.1 s\nmfu_percent: 39.8 %\n'
  expect(numbers(`---\n${block}`)).toEqual({ score: 1.5, training_seconds: 300.1, mfu_percent: 39.8 })
})

test('of other names the last value counts, and a log has no effect by its names', () => {
  expect(numbers('---\nscore: 1\nsteps: 1\nsteps: 2\n__proto__: 3\nconstructor: 4\n')).toMatchObject({
    score: 1,
    steps: 2,
  })
  const many = Array.from({ length: 1000 }, (_, i) => `name${i}: ${i}\n`).join('')
  expect(Object.keys(numbers(`---\n${many}score: 1.5\n`))).toHaveLength(201)
  expect(read(`---\n${many}score: 1.5\n`)).toBe(1.5)
})

test('any finite number is read as it was printed, whatever the form around it', () => {
  const forms: ((n: string) => string)[] = [
    n => `score: ${n}`,
    n => `  score=${n} ms`,
    n => `\u001b[1mscore:\u001b[0m ${n}\r`,
    n => `9%|#|1/9\rscore : ${n} tok/s`,
  ]
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(...forms), (n, form) => {
      expect(read(`x\n---\n${form(String(n))}\n`)).toBe(n + 0)
    }),
  )
})

test.each([
  ['in colour', (key: string) => `\u001b[31m${key}\u001b[0m`],
  ['with a control character in it', (key: string) => `${key.slice(0, 9)}\u0000${key.slice(9)}`],
  ['partly bold', (key: string) => `${key.slice(0, 9)}\u001b[1m${key.slice(9)}`],
])('a key printed %s is not in the quoted end of a log', (_, print) => {
  const own = 'value-of-the-key'
  const redact = createRedactor({ SOME_API_KEY: own })
  for (const key of [own, `sk-ant-api03-${'Ab3'.repeat(31)}`])
    expect(lastLines(`x\n${print(key)}\n`, redact)).toBe('the log ends with: x ⏎ [key]')
})

test('no log makes the reader fail or take long', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), log => void read(`---\n${log}\nscore: ${log}`)))
  for (const part of [' ', '-', '---', '1', '1,', 'a:', '=', '\r', '\u001b[', '%|', 'score: 1\n', '---\n'])
    read(`${part.repeat(500_000 / part.length)}\u001b[0m`)
})
