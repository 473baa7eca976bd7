import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { approver, planText } from '../../scripts/publish/approve.ts'
import { askOnTerminal } from '../../scripts/share/ask.ts'

/** A terminal on which somebody types these lines; null: it is closed. */
function terminal(...typed: (string | null)[]) {
  const [input, output] = [new PassThrough(), new PassThrough()].map(stream => Object.assign(stream, { isTTY: true }))
  if (!input || !output) throw new Error('There are two.')
  let shown = ''
  output.on('data', chunk => {
    shown += String(chunk)
    // Answers come when a question was asked.
    if (!/[?\]] $/.test(shown)) return
    const next = typed.shift()
    if (next === null) input.end()
    else if (next !== undefined) input.write(`${next}\n`)
    shown += ' asked\n'
  })
  const ask = askOnTerminal(input, output)
  if (!ask) throw new Error('It is a terminal.')
  return ask
}

test('a question is asked again until the answer is one of its choices, in any case', async () => {
  const choices = ['General', 'Show and tell']
  expect(await terminal('Ideas', '', 'show AND tell')('Category?', choices)).toBe('Show and tell')
  expect(await terminal('  my-lab/research ')('Repository?')).toBe('my-lab/research')
})

test('without an answer nothing is sent', async () => {
  await expect(terminal(null)('Category?', ['General'])).rejects.toThrow(
    'Nothing was sent: the question was not answered.',
  )
  expect(askOnTerminal(new PassThrough(), new PassThrough())).toBeNull()
})

test.each([
  ['y', true],
  ['YES', true],
  ['', false],
  ['n', false],
  ['yesterday', false],
])('the answer “%s” sends it: %s', async (answer, isSent) => {
  const [shown, told]: [string[], string[]] = [[], []]
  const asked: string[] = []
  const type = terminal(answer)
  const approve = approver({
    yes: false,
    ask: question => {
      asked.push(question)
      return type(question)
    },
    show: plan => void shown.push(planText(plan)),
    tell: text => void told.push(text),
  })
  const plan = {
    steps: ['Creates it.'],
    texts: [
      { name: 'title', text: 'A session' },
      { name: 'body', text: 'Done.\n\n' },
    ],
  }
  expect(await approve(plan)).toBe(isSent)
  expect(shown).toEqual(['Creates it.\n\n----- title -----\nA session\n\n----- body -----\nDone.\n\n----- end -----\n'])
  // Where it goes is said again below the long texts.
  expect(asked).toEqual(['Creates it.\n\nSend it? [y/N]'])
  expect(told).toEqual(isSent ? [] : ['Nothing was sent.'])
})

test('names of GitHub in a plan do nothing on a terminal', () => {
  expect(planText({ steps: ['Label it \u001b[2Jred\u202e.'], texts: [] })).toBe('Label it red.\n')
})
