/** A harness for tests that kill it: opens the engine, submits what its arguments say, and waits for ever. */
import { jobAt, openTest, untilReady } from './open.ts'

const [id = '', work = '', script = ''] = process.argv.slice(2)
const engine = await openTest({ id, work, slots: 2 })
await Promise.all([untilReady(engine, 0), untilReady(engine, 1)])
const { job, publicKey } = jobAt(engine, 0, script, { key: `${id}-0001-1-1` })
const handle = await engine.submit(0, job)
console.log(JSON.stringify({ handle, publicKey }))
setInterval(() => {}, 1000)
