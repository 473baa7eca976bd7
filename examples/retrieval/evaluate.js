/** The frozen evaluation: nDCG@10 of rank.js over the judged queries of each split that was asked for. */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { ranker } from './rank.js'

/** Results that count. */
const DEPTH = 10

const start = performance.now()
const splits = (process.env.NIGHTSHIFT_SPLITS ?? 'val').split(',')
const texts = ['documents.tsv', 'queries.tsv'].map(name => readFileSync(join(import.meta.dirname, name), 'utf8'))
const [documents, queries] = texts.map(rows)

const rank = ranker(documents)
const scores = Object.fromEntries(splits.map(split => [split === 'val' ? 'ndcg' : `${split}_ndcg`, scoreOf(split)]))

const fingerprint = createHash('sha256').update(texts.join('\0')).digest('hex').slice(0, 16)
if (process.env.NIGHTSHIFT_EVAL)
  writeFileSync(process.env.NIGHTSHIFT_EVAL, JSON.stringify({ ...scores, data: { name: 'notes', fingerprint } }))
console.log('---')
for (const [name, score] of Object.entries(scores)) console.log(`${name}: ${score.toFixed(6)}`)
console.log(`queries: ${queries.filter(({ split }) => splits.includes(split)).length}`)
console.log(`total_seconds: ${((performance.now() - start) / 1000).toFixed(1)}`)

/** Mean nDCG over the queries of a split. */
function scoreOf(split) {
  const chosen = queries.filter(query => query.split === split)
  if (chosen.length === 0) throw new Error(`There is no query in the split ${split}.`)
  return chosen.reduce((sum, query) => sum + ndcg(query), 0) / chosen.length
}

function ndcg({ query, judgements }) {
  const grades = new Map(judgements.split(' ').map(text => [text.split(':')[0], Number(text.split(':')[1])]))
  const ids = rank(query)
  check(ids)
  const best = [...grades.values()].sort((a, b) => b - a)
  return gain(ids.map(id => grades.get(id) ?? 0)) / gain(best)
}

/** Discounted cumulative gain of grades in the order of the results. */
function gain(grades) {
  return grades.slice(0, DEPTH).reduce((sum, grade, i) => sum + (2 ** grade - 1) / Math.log2(i + 2), 0)
}

// A document named twice would be counted twice.
function check(ids) {
  if (!Array.isArray(ids) || new Set(ids).size !== ids.length) throw new Error('A ranking names each document once.')
}

/** A table with a header line → a list of records. */
function rows(text) {
  const [head, ...lines] = text.trimEnd().split('\n')
  const names = head.split('\t')
  return lines.map(line => Object.fromEntries(line.split('\t').map((cell, i) => [names[i], cell])))
}
