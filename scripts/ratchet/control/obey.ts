/** The session's own side of requests: reads them, journals what they change, and holds or stops the session. */
import { rm } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { command } from '../../lib/command.ts'
import { orWarn } from '../../lib/read.ts'
import type { Terminal } from '../../lib/terminal.ts'
import { type EmitContext, emit, type SessionContext } from '../session/context.ts'
import { type Request, readRequests, refuseRequests, takeRequests } from './requests.ts'

/** Milliseconds from one look at the requests to the next. Watching a folder does not work on every file system. */
const interval = 500

type ControlContext = EmitContext & Pick<SessionContext, 'work' | 'interrupt' | 'terminal' | 'pause'>

/** Does work, honours requests meanwhile, and journals a stop however it was asked for. */
export async function obeying<T>(context: ControlContext, work: () => Promise<T>): Promise<T> {
  const { finish } = context.interrupt
  let stopping: Promise<void> | null = null
  const onStop = () => {
    stopping = recordStop(context)
  }
  const honourAll = async () => {
    for (const { path, request } of await readRequests(context.work)) {
      await honour(context, request)
      await stopping
      await rm(path, { force: true })
    }
  }
  await takeRequests(context.work)
  if (finish.aborted) onStop()
  finish.addEventListener('abort', onStop)
  const closed = new AbortController()
  const reading = (async () => {
    while (!closed.signal.aborted) {
      // What cannot be read or journalled now, on a full disk say, stays and is tried again.
      await orWarn(honourAll())
      await wait(interval, null, { signal: closed.signal }).catch(() => null)
    }
  })()
  try {
    return await work()
  } finally {
    closed.abort()
    finish.removeEventListener('abort', onStop)
    await reading
    await stopping
    await refuseRequests(context.work)
  }
}

/** A stop goes before a pause. Once the session's end is recorded, only its report is left to be stopped. */
async function recordStop(context: ControlContext): Promise<void> {
  context.pause.end()
  if (context.state.session.stop === null) await orWarn(emit(context, { event: 'stopping' }))
}

async function honour(context: ControlContext, { kind }: Request): Promise<void> {
  const { interrupt, pause, state, terminal } = context
  switch (kind) {
    case 'stop':
      return interrupt.stop()
    case 'stop-now':
      return interrupt.stopNow()
    case 'pause': {
      if (interrupt.finish.aborted || state.session.stop !== null || pause.over !== null) return
      pause.begin()
      await emit(context, { event: 'paused' }).catch((error: unknown) => {
        pause.end()
        throw error
      })
      const goOn = command(`session resume ${state.session.id}`)
      return terminal.step('pause', `what runs is finished, nothing new begins; \`${goOn}\` goes on`)
    }
    case 'resume':
      if (pause.over === null) return
      await emit(context, { event: 'continued' })
      pause.end()
      return terminal.step('resume', 'the pause is over')
  }
}

/** Removes what was asked of a process that was killed: who goes on with the session wants it to run. */
export async function dropRequests(work: string, terminal: Terminal): Promise<void> {
  for (const { request } of await readRequests(work)) {
    const asked = new Date(request.at).toTimeString().slice(0, 5)
    terminal.step('note', `dropped: the request of ${asked} to ${request.kind} was to a process that was killed`)
  }
  await refuseRequests(work)
}
