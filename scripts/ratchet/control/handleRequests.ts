/** Handles requests in the session's process: reads them, records them in the journal, pauses or stops the session. */
import { rm } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { command } from '../../lib/command.ts'
import { orWarn } from '../../lib/files/read.ts'
import type { Terminal } from '../../lib/terminal/terminal.ts'
import { type EmitContext, emit, type SessionContext } from '../session/context.ts'
import { closeRequests, openRequests, type Request, readRequests } from './requests.ts'

/** Milliseconds between two reads. Polled, because some file systems do not report changes. */
const POLL_MS = 500

type ControlContext = EmitContext & Pick<SessionContext, 'work' | 'interrupt' | 'terminal' | 'pause'>

/** Runs `work` and handles requests meanwhile. Records a stop in the journal, whether by a request or by a signal. */
export async function withRequests<T>(context: ControlContext, work: () => Promise<T>): Promise<T> {
  const { finish } = context.interrupt
  let stopRecorded = Promise.resolve()
  const onStop = () => {
    stopRecorded = recordStop(context)
  }
  const handleAll = async () => {
    for (const { path, request } of await readRequests(context.work)) {
      await handle(context, request)
      await stopRecorded
      await rm(path, { force: true })
    }
  }
  await openRequests(context.work)
  if (finish.aborted) onStop()
  finish.addEventListener('abort', onStop)
  const closed = new AbortController()
  const reading = (async () => {
    while (!closed.signal.aborted) {
      // A request that fails, on a full disk for example, stays and is retried.
      await orWarn(handleAll())
      await wait(POLL_MS, null, { signal: closed.signal }).catch(() => null)
    }
  })()
  try {
    return await work()
  } finally {
    closed.abort()
    finish.removeEventListener('abort', onStop)
    await reading
    await stopRecorded
    await closeRequests(context.work)
  }
}

/** A stop ends a pause. It is not recorded after the session's end, when only the report is left to stop. */
async function recordStop(context: ControlContext): Promise<void> {
  context.pause.end()
  if (context.state.session.stop === null) await orWarn(emit(context, { event: 'stopping' }))
}

async function handle(context: ControlContext, { kind }: Request): Promise<void> {
  const { interrupt, pause, state, terminal } = context
  switch (kind) {
    case 'stop':
      return interrupt.stop()
    case 'stop-now':
      return interrupt.stopNow()
    case 'leave':
      return interrupt.leaveNow()
    case 'pause': {
      if (interrupt.finish.aborted || state.session.stop !== null || pause.over !== null) return
      pause.begin()
      await emit(context, { event: 'paused' }).catch((error: unknown) => {
        pause.end()
        throw error
      })
      const resume = command(`session resume ${state.session.id}`)
      return terminal.step('pause', `current runs finish, no new run starts; continue with \`${resume}\``)
    }
    case 'resume':
      if (pause.over === null) return
      await emit(context, { event: 'continued' })
      pause.end()
      return terminal.step('resume', 'the session continues')
  }
}

/** Drops requests to an earlier process that was killed: a session that is resumed should run. */
export async function dropRequests(work: string, terminal: Terminal): Promise<void> {
  for (const { request } of await readRequests(work)) {
    const asked = new Date(request.at).toTimeString().slice(0, 5)
    terminal.step('note', `dropped the ${request.kind} request of ${asked}: the process that it was sent to was killed`)
  }
  await closeRequests(work)
}
