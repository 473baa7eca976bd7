/**
 * The evaluation, outside of the run: nDCG@10 of the rankings that it left, over the judged queries of each split that was
 * asked for. What it reads there may be anything.
 */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rows } from './table.js'

/** Results that count. */
const DEPTH = 10

const splits = (process.env.NIGHTSHIFT_SPLITS ?? 'val').split(',')
const texts = ['documents.tsv', 'queries.tsv', 'answers.tsv'].map(name =>
  readFileSync(join(import.meta.dirname, name), 'utf8'),
)
const [documents, queries, answers] = texts.map(rows)
const known = new Set(documents.map(({ id }) => id))
const judged = new Map(answers.map(({ id, judgements }) => [id, judgements]))
const rankings = JSON.parse(readFileSync(join(process.env.NIGHTSHIFT_OUTPUT, 'rankings.json'), 'utf8'))

const scores = Object.fromEntries(splits.map(split => [split === 'val' ? 'ndcg' : `${split}_ndcg`, scoreOf(split)]))
const fingerprint = createHash('sha256').update(texts.join('\0')).digest('hex').slice(0, 16)
if (process.env.NIGHTSHIFT_EVAL)
  writeFileSync(process.env.NIGHTSHIFT_EVAL, JSON.stringify({ ...scores, data: { name: 'notes', fingerprint } }))
console.log('---')
for (const [name, score] of Object.entries(scores)) console.log(`${name}: ${score.toFixed(6)}`)

/** Mean nDCG over the queries of a split. */
function scoreOf(split) {
  const chosen = queries.filter(query => query.split === split)
  if (chosen.length === 0) throw new Error(`There is no query in the split ${split}.`)
  return chosen.reduce((sum, query) => sum + ndcg(query), 0) / chosen.length
}

function ndcg({ id }) {
  const grades = new Map(
    judged
      .get(id)
      .split(' ')
      .map(text => [text.split(':')[0], Number(text.split(':')[1])]),
  )
  const best = [...grades.values()].sort((a, b) => b - a)
  return gain(checked(rankings?.[id]).map(document => grades.get(document) ?? 0)) / gain(best)
}

/** Discounted cumulative gain of grades in the order of the results. */
function gain(grades) {
  return grades.slice(0, DEPTH).reduce((sum, grade, i) => sum + (2 ** grade - 1) / Math.log2(i + 2), 0)
}

// A document named twice would be counted twice.
function checked(ids) {
  if (!Array.isArray(ids) || new Set(ids).size !== ids.length || !ids.every(id => known.has(id)))
    throw new Error('A ranking names each document once.')
  return ids
}
