/** Folders of a test file for sessions and what is remembered; to be imported before the code that reads their variables. */
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

const place = mkdtempSync(join(tmpdir(), 'nightshift-post-'))
process.env.NIGHTSHIFT_SESSIONS = join(place, 'sessions')
process.env.NIGHTSHIFT_WORK = join(place, 'work')
afterAll(() => rm(place, { recursive: true, force: true }))
