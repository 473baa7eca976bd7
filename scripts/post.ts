import { join } from 'node:path'
import { command } from './lib/command.ts'
import { Failure, main } from './lib/errors.ts'
import { readFlags } from './lib/flags.ts'
import { helpText } from './lib/help/help.ts'
import { notebook, sessionsRoot } from './lib/paths.ts'
import { openTerminal } from './lib/terminal/terminal.ts'
import { jsonLine, sanitizeText } from './lib/text.ts'
import { drawWithLabels } from './notebook/pictures.ts'
import { approver, planText } from './publish/approve.ts'
import type { Outcome, Plan } from './publish/destination.ts'
import { senders } from './publish/destinations.ts'
import { systemClock } from './publish/github/clock.ts'
import { checkRemember, rememberPlace } from './publish/rememberPlace.ts'
import { flags, readRequest } from './publish/request.ts'
import { newestSession } from './record/files/paths.ts'
import { findSession } from './record/find.ts'
import { recentSessions } from './report/several/write.ts'
import { askOnTerminal } from './share/ask.ts'

const help = helpText(
  'post',
  '[session…] --to WHERE [flags]',
  `
Prints exactly what would be sent and where, and sends it with --yes, or asks on a terminal. Posting the same session
again updates its post.

  session             ids, prefixes of ids, or tags (default: the newest); several make one post
  --week              one post on the sessions of the last seven days
  --to WHERE          discussion (GitHub Discussions), pull-request (the adopted branch, or one with the kept
                      commits), or docs (a folder of Markdown pages)
  --repository OWNER/NAME
                      repository of the discussion or pull request; remembered for the target, like
                      --category, --remote, --out and --api
  --category NAME     category of the discussion
  --remember          check the destination and remember it, without a post, for \`publish\` in program.md
  --program PATH      with --remember: the program.md whose sessions go there    (program.md at the root)
  --label NAME        label of the discussion or pull request; repeatable
  --public            allow a repository that everyone can read; needed once for each
  --api URL           GitHub Enterprise, e.g. https://github.example.com/api/v3
  --remote NAME       git remote that the pull request's branch is pushed to
  --title TEXT        title of the pull request (default: computed, or the subject of an adopted branch's one commit)
  --draft             open the pull request as a draft
  --template NAME     the repository's pull request template to include, or none (default: GitHub's default one)
  --with-session      add the session's folder to the pull request's branch
  --out DIR           folder of the docs
  --front-matter NAME
                      starlight, mkdocs or none: head of each page of the docs
  --with-logs         add the experiments' logs and transcripts, without keys
  --keep-paths        keep home folders, user and host names
  --yes               send without asking
  --json              print what was sent, or would be, as one line of JSON
  --help

The token is taken from GITHUB_TOKEN, GH_TOKEN or \`gh auth token\`; with --api from GH_ENTERPRISE_TOKEN first. Nothing
is sent where a text holds a key.

Examples: ${command('post --to discussion --repository my-lab/research --category Research')}
          ${command('post nov21 --to pull-request --remote origin --yes')}
          ${command('post --week --to docs --out ../team-docs/docs/sessions --front-matter mkdocs --yes')}
`,
)

/** Of a week without sessions there is nothing to say; a scheduled post is then no failure. */
const quietWeek: Outcome = {
  sent: false,
  done: [['nothing', 'was posted: no session started in the last seven days']],
  address: null,
}

await main(async () => {
  const { values, positionals } = readFlags(help, flags, Number.POSITIVE_INFINITY)
  if (values.week && positionals.length > 0)
    throw new Failure('--week takes no sessions.', 'Name sessions, or give --week.')
  checkRemember(values, positionals)
  const requestFor = readRequest(values)
  const sessions = values.remember
    ? []
    : values.week
      ? await recentSessions(new Date())
      : await findSessions(positionals)
  const request = requestFor(sessions)
  const terminal = openTerminal()
  // With --json the plan comes last, so nobody could say yes to it.
  const ask = values.json ? null : askOnTerminal()
  const shown: Plan[] = []
  const approve = approver({
    yes: values.yes ?? false,
    ask,
    show: plan => {
      shown.push(plan)
      clearLine()
      if (!values.json) process.stdout.write(planText(plan))
    },
    tell: text => terminal.headline(text),
  })
  const context = {
    root: sessionsRoot,
    env: process.env,
    terminal,
    clock: systemClock,
    draw: drawWithLabels,
    ask,
    approve,
  }
  if (values.remember) {
    const { text, remembered } = await rememberPlace(request, values.program ?? join(notebook, 'program.md'), context)
    terminal.step('remember', sanitizeText(`${request.to} in ${text}`, 500))
    if (values.json) process.stdout.write(jsonLine({ to: request.to, place: text, remembered }))
    return
  }
  const outcome = sessions.length === 0 ? quietWeek : await senders[request.to](request, context)
  for (const [verb, object] of outcome.done) terminal.step(verb, sanitizeText(object, 500))
  if (values.json) process.stdout.write(jsonLine({ to: request.to, sessions, plan: shown[0] ?? null, ...outcome }))
})

/** Takes away what is shown on the terminal's last line, which a plan would follow. */
function clearLine(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
}

/** The ids of the named sessions, each once; the newest where none is named. */
async function findSessions(names: string[]): Promise<string[]> {
  if (names.length === 0) return [await newestSession(sessionsRoot)]
  const found = new Set<string>()
  // One after another, so that of several mistaken names the first is told.
  for (const name of names) found.add(await findSession(name, sessionsRoot))
  return [...found]
}
