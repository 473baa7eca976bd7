/** The checker finds all planted errors, accepts correct prose, and leaves nothing wrong after cutting. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { check } from '../../../scripts/report/check/check.ts'
import { cut } from '../../../scripts/report/check/cut.ts'
import { type Known, namesIn } from '../../../scripts/report/check/known.ts'
import type { Fact } from '../../../scripts/report/facts/fact.ts'

const fact = (id: string, text: string, confirmed = false): [string, Fact] => [
  id,
  { id, text, value: text, unit: '', from: [], confirmed },
]

const known: Known = {
  facts: new Map([
    fact('headline.gain', '−0.0210 ± 0.0010', true),
    fact('bestSingle.gain', '−0.0282'),
    fact('kept.2.share', '15%'),
  ]),
  experiments: new Set([0, 1, 2]),
  knobs: new Set(['MATRIX_LR', 'BETA2']),
  figures: new Set(['frontier']),
  tables: new Set(['kept']),
  names: namesIn(['h100-mar8', 'NVIDIA H100', 'GPT-2 style head', 'x0_lambda', 'BETA2', 'batch 524K']),
}

const kinds = (source: string) => check(source, known).map(finding => finding.kind)

describe('finds', () => {
  const planted: [string, string, string][] = [
    ['a number', 'The gain was 0.028.', 'number'],
    ['a number with a sign and a unit', 'It cost −3% of speed.', 'number'],
    ['a number behind an entity', 'It fell by &#53; points.', 'number'],
    ['a number behind an escape', 'It fell by \\5 points.', 'number'],
    ['a number in emphasis', 'It fell by **4**.', 'number'],
    ['a number in a heading', '## The 23 keeps', 'number'],
    ['a number in a table', '| a | b |\n| - | - |\n| x | 17 |', 'number'],
    ['a number in a list', '- it had 12 layers', 'number'],
    ['a number in a quote', '> 40 experiments', 'number'],
    ['a fraction sign', 'It took ½ of the session.', 'number'],
    ['a superscript', 'It grew as n².', 'number'],
    ['digits of another script', 'It took ٣ hours.', 'number'],
    ['fullwidth digits', 'It took ３ hours.', 'number'],
    ['a number glued to a word', 'A batch of 131K failed.', 'number'],
    ['a number word', 'Forty experiments were made.', 'numeral'],
    ['a number word with a hyphen', 'Twenty-two were kept.', 'numeral'],
    ['a part in words', 'Half of the gain came at once.', 'numeral'],
    ['a third of it', 'About a third of the gain came at once.', 'numeral'],
    ['a factor in words', 'It was twice as fast.', 'numeral'],
    ['one of what is counted', 'Only one experiment crashed.', 'numeral'],
    ['percent in words', 'A few percent were lost.', 'numeral'],
    ['a fact that does not exist', 'It gained :fact[headline.luck].', 'reference'],
    ['an experiment that does not exist', 'See :exp[99].', 'reference'],
    ['an experiment that is no number', 'See :exp[best].', 'reference'],
    ['a knob that was never moved', 'We swept :knob[WIDTH].', 'reference'],
    ['a figure that does not exist', '::figure{waterfall}', 'reference'],
    ['a table that does not exist', '::table{#all}', 'reference'],
    ['a directive that does not exist', 'It is :gain[headline].', 'reference'],
    ['a leaf as text', 'See :figure[frontier].', 'reference'],
    ['a container', ':::note\nhello\n:::', 'reference'],
    ['confirmed without a confirmed fact', 'The change is confirmed.', 'confirmation'],
    ['confirmed beside a claimed fact', 'Confirmed: :fact[bestSingle.gain].', 'confirmation'],
    ['confirmed in the next sentence', 'It is :fact[headline.gain]. The rest is proven as well.', 'confirmation'],
    ['significance', 'The gain is statistically solid.', 'confirmation'],
    ['certainty', 'This is definitely an improvement.', 'confirmation'],
    ['replication', 'It was replicated on other machines.', 'confirmation'],
    ['raw HTML', 'See <b>this</b>.', 'html'],
    ['a block of HTML', '<script>alert()</script>', 'html'],
    ['an HTML comment', 'Good.<!-- hidden -->', 'html'],
    ['a foreign link', 'See [here](https://example.org).', 'link'],
    ['a bare address', 'See https://example.org.', 'link'],
    ['an address without a scheme', 'See www.example.org.', 'link'],
    ['a script as link', 'See [here](javascript:alert).', 'link'],
    ['a link by reference', 'See [here][x].\n\n[x]: https://example.org', 'link'],
    ['a footnote', 'Good.[^a]\n\n[^a]: See there.', 'link'],
    ['an image', '![chart](chart.png)', 'image'],
    ['a mention', 'Thanks to @karpathy.', 'mention'],
    ['an invisible character', 'for​ty keeps', 'hidden'],
    ['a letter of another alphabet', 'tеn keeps', 'hidden'],
    ['letters in another form', 'It took 𝐭𝐞𝐧 hours.', 'hidden'],
    ['a block of code', '```\nval_bpb: low\n```', 'code'],
  ]
  test.each(planted)('%s', (_, source, kind) => {
    expect(kinds(source)).toContain(kind)
  })

  test('a mistake with its line and what is allowed instead', () => {
    const [finding] = check('## What worked\n\nA larger batch.\n\nIt gave 12% more.', known)
    expect(finding).toMatchObject({ kind: 'number', found: '12', line: 5 })
    expect(finding?.why).toContain(':fact[')
  })

  test('several mistakes in one sentence', () => {
    expect(kinds('It gave 5% in two hours, see :exp[7].').sort()).toEqual(['number', 'numeral', 'reference'])
  })
})

describe('accepts correct prose', () => {
  test.each([
    'The changes that were kept gained :fact[headline.gain], which is confirmed on unused seeds.',
    'Confirmed: :fact[headline.gain]. By the ledger it was :fact[bestSingle.gain].',
    'The gain is not confirmed. It has yet to be confirmed, and `pnpm confirm` would do it.',
    'Nothing here proves that the schedule matters; a longer session could confirm it.',
    'The claim is unconfirmed.',
    'Of the ideas tried, one stands out: :exp[2], with :fact[kept.2.share] of it. No one would have guessed.',
    'First the batch, then the rate. The second idea was better than the first.',
    'On the H100 a GPT-2 style head did worse; x0_lambda and :knob[BETA2] were flat.',
    'Set `MATRIX_LR = 0.05` next.',
    'The h100-mar8 session began late.',
    '::figure{frontier}\n\n::table{#kept}',
    '## What worked\n\n- a smaller batch, :exp[1]\n- a longer cool-down: more steps at a low rate',
    '1. the batch\n2. the rate',
    'The ratio of short to long windows was changed; val:train stayed.',
    'The effect of σ on the verdict is small.',
  ])('%s', source => {
    expect(check(source, known)).toEqual([])
  })
})

test('new seeds are claimed only where the target reads them', () => {
  const prose = 'Its gain of :fact[headline.gain] is confirmed on new seeds.'
  const runs = (unit: string): Known => {
    const seeds: Fact = { id: 'headline.seeds', text: '2 seeds', value: 2, unit, from: [], confirmed: false }
    return { ...known, facts: new Map([...known.facts, ['headline.seeds', seeds]]) }
  }
  expect(check(prose, runs('seeds'))).toEqual([])
  expect(check(prose, runs('runs'))).toMatchObject([{ kind: 'confirmation', found: 'new seeds' }])
})

describe('cuts remaining mistakes', () => {
  test('the sentence is cut, the rest of the paragraph stays', () => {
    const source =
      'The batch mattered most. It gave 12% more. The rate did not matter.\n\n## Next\n\nTry :exp[2] again.\n'
    const result = cut(source, known)
    expect(result.source).toBe('The batch mattered most. The rate did not matter.\n\n## Next\n\nTry :exp[2] again.\n')
    expect(result.cut.map(finding => finding.found)).toEqual(['12'])
  })

  test('the block is cut if a sentence cannot be cut out of its markup', () => {
    const source = 'Fine.\n\nThe **batch gave 12%. The rate** did not.\n\nAlso fine.\n'
    expect(cut(source, known).source).toBe('Fine.\n\n\n\nAlso fine.\n')
  })

  test('nothing wrong is left of any random text', () => {
    const words = fc.constantFrom(
      ...[
        'the batch',
        ' 12%',
        ' twice',
        '. ',
        '\n\n',
        '**',
        '*',
        '`',
        ':fact[bestSingle.gain]',
        ':exp[9]',
        '[a](b)',
        '<b>',
      ],
      ...[
        '@me',
        '# ',
        '- ',
        '> ',
        '```\n',
        '|',
        '\n',
        ':::',
        '::figure{x}',
        'confirmed',
        '&#53;',
        '\\',
        '![',
        '](',
        '~',
      ],
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(words, fc.string({ maxLength: 5 })), { maxLength: 25 }), parts => {
        expect(check(cut(parts.join(''), known).source, known)).toEqual([])
      }),
      { numRuns: 300 },
    )
  })
})
