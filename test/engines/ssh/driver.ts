/** A harness in a process of its own, to be killed: opens an engine, submits a run, and says so. */
import { openSshWith } from '../../../scripts/engines/ssh/open.ts'
import { jobAt, untilReady } from '../remote/jobs.ts'
import { opening, specOf } from './opening.ts'

const [config = '', root = '', key = '', script = ''] = process.argv.slice(2)
const engine = await openSshWith({}, specOf({ config, root, hosts: ['a', 'b'] }), opening())
await untilReady(engine, 1)
await engine.submit(1, jobAt(engine, 1, script, { key }).job)
console.log('submitted')
