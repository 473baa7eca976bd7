import { expect, test } from 'vitest'
import { readDiff } from '../../../site/data/experiment/patch.ts'

const patch = (body: string, path = 'train.py') =>
  `diff --git a/${path} b/${path}\nindex 1..2 100644\n--- a/${path}\n+++ b/${path}\n${body}`

const marked = (tokens: { text: string; changed: boolean }[] = []) => tokens.filter(p => p.changed).map(p => p.text)

test('rows have a sign, a line number and marked changed words', async () => {
  const [file] = await readDiff(
    patch('@@ -4,3 +4,3 @@\n # optimizer\n-LR = 0.01  # base\n+LR = 0.04  # base\n STEPS = 3\n'),
  )
  expect(file?.path).toBe('train.py')
  expect(file?.rows.map(r => [r.kind, r.line])).toEqual([
    ['same', 4],
    ['del', 5],
    ['ins', 5],
    ['same', 6],
  ])
  expect(marked(file?.rows[1]?.tokens).join('')).toContain('1')
  expect(file?.rows[2]?.tokens.map(p => p.text).join('')).toBe('LR = 0.04  # base')
  expect(file?.rows[0]?.tokens[0]).toMatchObject({ text: '# optimizer', kind: 'comment', changed: false })
})

test('lines with little in common are not compared word by word', async () => {
  const [file] = await readDiff(patch('@@ -1,1 +1,1 @@\n-import torch\n+x = 12345 * y\n'))
  expect(file?.rows.flatMap(r => marked(r.tokens))).toEqual([])
})

test('hunks are separated and an added file is marked', async () => {
  const two = await readDiff(patch('@@ -1,1 +1,1 @@\n-a\n+b\n@@ -9,1 +9,1 @@\n-c\n+d\n'))
  expect(two[0]?.rows.map(r => r.kind)).toEqual(['del', 'ins', 'gap', 'del', 'ins'])
  const added = await readDiff(
    'diff --git a/new.txt b/new.txt\nnew file mode 100644\nindex 0..1\n--- /dev/null\n+++ b/new.txt\n@@ -0,0 +1,2 @@\n+one\n+two\n\\ No newline at end of file\n',
  )
  expect(added[0]).toMatchObject({ path: 'new.txt', note: 'new file', left: 0 })
  expect(added[0]?.rows.map(r => r.tokens[0]?.text)).toEqual(['one', 'two'])
})

test('a huge patch is cut, with the number of omitted rows', async () => {
  const lines = Array.from({ length: 2000 }, (_, i) => `+line ${i}`)
  const [file] = await readDiff(patch(`@@ -0,0 +1,2000 @@\n${lines.join('\n')}\n`))
  expect(file?.rows).toHaveLength(1500)
  expect(file?.left).toBe(500)
})

test('control characters in a patch do not reach the page', async () => {
  const [file] = await readDiff(patch('@@ -1,1 +1,1 @@\n-a = 1\n+a = 2 # \u001b[31mred\u001b[0m \u202eback\n'))
  expect(file?.rows[1]?.tokens.map(p => p.text).join('')).toBe('a = 2 # red back')
})

test('an empty patch has no files', async () => {
  expect(await readDiff('')).toEqual([])
})
