import type { Root } from 'mdast'
import { expect, test } from 'vitest'
import { escapeText } from '../../../scripts/publish/docs/escape.ts'
import { withHead } from '../../../scripts/publish/docs/frontMatter.ts'
import { pageName } from '../../../scripts/publish/docs/names.ts'
import { portable } from '../../../scripts/publish/docs/portable.ts'
import { commands, diff, paragraph } from '../../../scripts/report/nodes.ts'

const root = (...children: Root['children']): string => portable({ type: 'root', children }, new Map())

test('ordinary text stays as it is', () => {
  for (const text of ['val_bpb 2.6750 → 2.3410, 12.5% lower', '+0.0012 by 0088', '“x-y” (σ = 0.002): kept; why?', '07'])
    expect(escapeText(text)).toBe(text)
})

test('what could begin markup becomes a reference', () => {
  expect(escapeText('<b> *x* `y` [z] {a} a|b \\ $ ~ ^ # @ &')).not.toMatch(/[<>*`[\]{}|\\$~^@]|&(?!#\d+;)|#(?!\d+;)/)
  expect(escapeText('- item')).toBe('&#45; item')
  expect(escapeText('1. one')).toBe('1&#46; one')
  expect(escapeText('---')).toBe('&#45;--')
  expect(escapeText('_x_ and a_b')).toBe('&#95;x&#95; and a_b')
})

test('code stays code as far as backticks hold it', () => {
  const code = (value: string) => root({ type: 'paragraph', children: [{ type: 'inlineCode', value }] })
  expect(code('python train.py')).toBe('`python train.py`\n')
  expect(code('https://evil.example/?a=1&b=<x>')).toBe('`https://evil.example/?a=1`&#38;`b=`&#60;`x`&#62;\n')
})

test('a fence is longer than those in the code, and no line includes a file', () => {
  expect(root(diff('+```\n-x'))).toBe('````diff\n+```\n-x\n````\n')
  expect(root(commands(['npx pnpm site']))).toBe('```sh\nnpx pnpm site\n```\n')
  expect(root(diff('---8<-- "x"\n+<b>\n```'))).toBe(
    `<pre><code>${'&#45;'.repeat(3)}8&#60;&#45;&#45; &#34;x&#34;\n&#43;&#60;b&#62;\n${'&#96;'.repeat(3)}</code></pre>\n`,
  )
  expect(root({ type: 'code', lang: 'mermaid', meta: '{1} title="x"', value: 'x' })).toBe('```\nx\n```\n')
})

test('code within a list is text, which Python-Markdown would read as markup otherwise', () => {
  const item = (value: string): Root['children'][number] => ({
    type: 'list',
    children: [{ type: 'listItem', children: [paragraph('one'), { type: 'code', value }] }],
  })
  expect(root(item('<script>\nalert(1)'))).toBe('-   one\n\n    &#60;script&#62;\n\n    alert(1)\n')
})

test('HTML, images and foreign links of a tree do nothing', () => {
  const link = (url: string): Root['children'][number] => ({
    type: 'paragraph',
    children: [{ type: 'link', url, children: [{ type: 'text', value: 'x' }] }],
  })
  expect(root(link('javascript:alert(1)'), link('data:text/html,x'), link('https://example.org/a.html'))).toBe(
    'x\n\nx\n\n[x](https://example.org/a.html)\n',
  )
  const image: Root['children'][number] = {
    type: 'paragraph',
    children: [
      { type: 'text', value: 'x' },
      { type: 'image', url: 'https://evil.example/x.png' },
    ],
  }
  expect(root({ type: 'html', value: '<img src=x>' }, image)).toBe('&#60;img src=x&#62;\n\nx\n')
})

test('a title cannot leave the front matter, nor the HTML that generators put it into', () => {
  const head = {
    title: `it's "x"\n---\n</title><script>`,
    label: 'x: y',
    description: '{{ x }}',
    date: '2026-11-21',
    order: -1,
  }
  expect(withHead('starlight', head, 'body\n')).toBe(`---
title: 'it''s ”x” --- ‹/title›‹script›'
description: '(( x ))'
date: 2026-11-21
sidebar:
  label: 'x: y'
  order: -1
---

body
`)
  expect(withHead('none', head, 'body\n')).toBe('# it\'s "x" --- &#60;/title&#62;&#60;script&#62;\n\nbody\n')
})

test('pages have names that generators leave unchanged, and different posts different ones', () => {
  expect(pageName('session 2026-11-21-h100-abcd-nov21')).toBe('2026-11-21-h100-abcd-nov21')
  expect(pageName('week 2026-W47')).toBe('week-2026-w47')
  const keys = ['session A', 'session a', 'session index', 'session week-2026-w47', 'session a/../b', 'session ../b']
  const names = [...keys, 'session Ünï', 'session _', 'sessions 0123456789abcdef', 'week 2026-W47'].map(pageName)
  expect(new Set(names).size).toBe(names.length)
  for (const name of names) expect(name).toMatch(/^[a-z0-9][a-z0-9_-]*$/)
})
