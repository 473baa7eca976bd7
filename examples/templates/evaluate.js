/**
 * The evaluation, outside of the run: checks the pages that it left to the byte, and takes the cheapest of its builds. What it
 * reads there may be anything.
 */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makePages, readTemplates } from './corpus.js'

/** The fewest builds that make a timing. */
const LEAST = 5

const left = name => JSON.parse(readFileSync(join(process.env.NIGHTSHIFT_OUTPUT, name), 'utf8'))
const expected = readFileSync(join(import.meta.dirname, 'expected.sha256'), 'utf8').trim()
const [pages, times] = [left('pages.json'), left('times.json')]

if (!Array.isArray(pages) || !pages.every(page => typeof page === 'string')) throw new Error('The pages are no texts.')
const found = createHash('sha256').update(pages.join('\0')).digest('hex')
if (found !== expected)
  throw new Error(`the pages differ from what they were (sha256 ${found.slice(0, 12)}, not ${expected.slice(0, 12)}).`)
if (!Array.isArray(times) || times.length < LEAST || !times.every(time => typeof time === 'number' && time > 0))
  throw new Error(`The times are no ${LEAST} numbers above zero.`)
const cheapest = Math.min(...times)

const fingerprint = createHash('sha256')
  .update(JSON.stringify([readTemplates(), makePages()]))
  .digest('hex')
  .slice(0, 16)
if (process.env.NIGHTSHIFT_EVAL)
  writeFileSync(
    process.env.NIGHTSHIFT_EVAL,
    JSON.stringify({ render_ms: cheapest, data: { name: 'shop', fingerprint } }),
  )
console.log('---')
console.log(`render_ms:     ${cheapest.toFixed(6)}`)
