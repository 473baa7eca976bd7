/**
 * The frozen run: ranks the notes for the queries of each split that was asked for, and leaves the rankings to evaluate.js,
 * which alone has the answers. By hand, without NIGHTSHIFT_OUTPUT, it calls that itself.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { ranker } from './rank.js'
import { rows } from './table.js'

/** Results that are evaluated. */
const DEPTH = 10

const start = performance.now()
const splits = (process.env.NIGHTSHIFT_SPLITS ?? 'val').split(',')
const [documents, queries] = ['documents.tsv', 'queries.tsv'].map(name =>
  rows(readFileSync(join(import.meta.dirname, name), 'utf8')),
)
const asked = queries.filter(({ split }) => splits.includes(split))

const rank = ranker(documents)
const rankings = Object.fromEntries(asked.map(({ id, query }) => [id, checked(rank(query)).slice(0, DEPTH)]))

const given = process.env.NIGHTSHIFT_OUTPUT
const output = given ?? mkdtempSync(join(tmpdir(), 'retrieval-'))
writeFileSync(join(output, 'rankings.json'), JSON.stringify(rankings))
if (given === undefined) {
  const env = { ...process.env, NIGHTSHIFT_OUTPUT: output }
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, 'evaluate.js')], { env, stdio: 'inherit' })
  rmSync(output, { recursive: true })
  process.exitCode = status ?? 1
}
if (given !== undefined) console.log('---')
console.log(`queries: ${asked.length}`)
console.log(`total_seconds: ${((performance.now() - start) / 1000).toFixed(1)}`)

function checked(ids) {
  if (!Array.isArray(ids)) throw new Error('A ranking is a list of documents.')
  return ids
}
