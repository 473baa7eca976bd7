/**
 * Keys of many kinds are planted in every place that a run, an agent, a person or a foreign session can write, and all that
 * is stored and built is searched for them.
 */
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { beforeAll, expect, test } from 'vitest'
import { decode } from '../../../scripts/lib/secrets/decode.ts'
import { files, readSession } from '../../../scripts/record/files/paths.ts'
import type { Experiment } from '../../../scripts/record/schema.ts'
import { foreignSession } from '../../collect/foreignRepository.ts'
import { environmentKeys, formatKeys, longKeys } from '../../helpers/keys.ts'
import { player } from '../../helpers/target.ts'
import { git, nightshift, repository, sessionsOf, untilLast, write } from '../../helpers/throwaway.ts'

const keys = [...formatKeys, ...longKeys]
const passed = 'WANDB_API_KEY'
const secrets = [...keys.map(({ secret }) => secret), ...Object.values(environmentKeys)]

/** Text with a key of each kind, one on a line. */
const all = keys.map(({ kind, text }) => `${kind}: ${text}`).join('\n')
const oneLine = formatKeys.map(({ text }) => text).join(' ')
const key = (kind: string): string => keys.find(k => k.kind === kind)?.text ?? expect.fail(kind)
const old = key('Stripe')

/** Prints keys in every form, names values by them, and writes them into its files; then measures. */
const trainer = (given: string) => `// ${old}
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
const RATE = 0.02
const CRASH = 0
const { all, github } = JSON.parse(readFileSync(${JSON.stringify(given)}, 'utf8'))
const own = process.env.${passed}
const forms = [all, JSON.stringify({ all }), JSON.stringify(JSON.stringify({ all })), encodeURIComponent(all), own,
  Buffer.from('a' + own).toString('base64'), '\\u001b[1m' + own.slice(0, 9) + '\\u001b[0m' + own.slice(9),
  JSON.stringify(process.env), process.env.HOME + '/data']
console.log(forms.join('\\n'))
writeFileSync(process.env.NIGHTSHIFT_CURVE, '1,0.1,2.0\\n' + all + '\\n2,0.2,1.5\\n')
if (CRASH > 0) throw new Error('no access to ' + process.env.HOME + '/data with ' + github + ' and ' + own)
const loss = 1 + Math.abs(Math.log2(RATE / 0.08)) / 10
const data = { name: 'toy ' + github, fingerprint: github }
writeFileSync(process.env.NIGHTSHIFT_EVAL, JSON.stringify({ loss, data, python: own, torch: github }))
console.log('---\\nloss: ' + loss.toFixed(6) + '\\n' + github + ': 1\\ntraining_seconds: 0.1')
`

const program = (agent: string) => `---
edit: train.js
run: node train.js
metric: loss
budget: 1s
sandbox: off
seeds: 1
fixes: 0
env: [${passed}]
agent: { use: command, command: "sh ${agent}" }
fallback: []
---

# Lower the loss with ${key('GitHub classic')}

${all}

The data lies in the home folder.
`

const set = (name: string, value: string, said: string) =>
  `sed -i.bak 's/^const ${name} = .*/const ${name} = ${value}/' train.js && rm train.js.bak; ${said}`

const finished = untilLast()
let root = ''
let folder = ''
let home = ''
let experiments: Experiment[] = []
const out = () => join(root, '../out')
const run = async (command: string, args: string[]) => {
  const result = await nightshift(root, command, args, { ...environmentKeys, HOME: home })
  expect(result.exitCode, `${command}: ${result.stderr}`).toBe(0)
  return result.stdout
}

beforeAll(async () => {
  root = await repository({ 'frozen.txt': 'x\n' }, finished)
  const beside = join(root, '..')
  home = join(beside, 'home-of-somebody')
  await mkdir(home)
  await write(beside, {
    'keys.json': JSON.stringify({ all, github: key('GitHub classic') }),
    'all.txt': all,
    'said.json': JSON.stringify({ description: `RATE with ${key('GitLab')} in ${home}`, hypothesis: oneLine }),
    'long.txt': longKeys.map(({ text }) => `// ${text.replaceAll('\n', '\n// ')}`).join('\n'),
  })
  const say = `cat "${beside}/all.txt"; printenv; cat "${beside}/said.json"`
  const agent = player([
    set('RATE', '0.03', say),
    // A key of known format, a long one, and a value of the environment: refused, and once more on the retry.
    `echo '// ${key('Hugging Face')}' >> train.js; ${say}`,
    `cat "${beside}/long.txt" >> train.js; ${say}`,
    `echo '// ${environmentKeys.OPENAI_KEY}' >> train.js; ${say}`,
    `echo "// ${key('Google API')}" >> train.js; ${say}`,
    set('CRASH', '1', say),
    // The key that was in the file before may move.
    `sed -i.bak '1d' train.js && rm train.js.bak; echo '// ${old}' >> train.js; ${set('RATE', '0.05', say)}`,
  ])
  await write(beside, { 'agent.sh': agent })
  await write(root, { 'train.js': trainer(join(beside, 'keys.json')), 'program.md': program(join(beside, 'agent.sh')) })
  await git(root, 'add', '-A')
  await git(root, '-c', 'user.name=A', '-c', 'user.email=a@b.example', 'commit', '-qm', 'the target')
  await run('session', ['--program', 'program.md', '--tag', 'try', '--experiments', '5'])
  const [id = ''] = await readdir(sessionsOf(root))
  folder = join(sessionsOf(root), id)
  experiments = (await readSession(folder)).experiments
  await run('experiment', [id, '--reject', '1', '--why', `no: ${key('npm')}`])

  await collectForeign(beside)
  await plantOldSession(id)
  await run('report', [`${id}-old`])
  await buildAll(id)
}, 180_000)

/** A foreign repository and table with keys in branch, messages, README, program.md, statuses, columns and cells. */
async function collectForeign(beside: string): Promise<void> {
  const { root: foreign } = await foreignSession(
    { 'program.md': `# ${oneLine}\n\n${all}\n`, 'README.md': all },
    finished,
  )
  const table = await readFile(join(foreign, 'results.tsv'), 'utf8')
  const [head = '', ...lines] = table.trimEnd().split('\n')
  const planted = lines.map((line, i) => `${line} with ${formatKeys[i % formatKeys.length]?.text}\t${oneLine}`)
  await writeFile(join(foreign, 'results.tsv'), `${[`${head}\t${key('GitLab')}`, ...planted].join('\n')}\n`)
  await git(foreign, 'branch', '-m', `exp/${key('GitHub classic')}`)
  await git(foreign, '-c', 'user.name=A', '-c', 'user.email=a@b.example', 'commit', '-qam', `with ${all}`)
  await run('collect', [foreign])
  const rows = [head, ...lines.map((line, i) => `${line} ${formatKeys[(i + 7) % formatKeys.length]?.text}`)].join('\n')
  await write(beside, { 'table/results.tsv': `${rows}\n`, 'table/README.md': all })
  await run('collect', [join(beside, 'table/results.tsv'), '--machine', 'h100', '--tag', 'table'])
}

/** A session of an earlier version, which stored what runs and agents wrote as it was. */
async function plantOldSession(id: string): Promise<void> {
  const earlier = join(sessionsOf(root), `${id}-old`)
  await cp(folder, earlier, { recursive: true })
  await rm(files.digest(earlier))
  await rm(files.journal(earlier))
  const planted = JSON.stringify(`RATE ${all} ${environmentKeys.GITHUB_PAT} ${home}/x`).slice(1, -1)
  for (const path of [files.session(earlier), files.experiments(earlier)]) {
    const text = await readFile(path, 'utf8')
    const session = text.replaceAll(id, `${id}-old`)
    await writeFile(
      path,
      session.replace(/("(?:description|hypothesis|reason|why|detail|driver)":\s*")[^"]*/g, `$1${planted}`),
    )
  }
  const raw = `${all}\n${environmentKeys.MYSQL_PWD} ${home}/x\n`
  await writeFile(files.log(earlier, 0, 1), raw)
  await writeFile(files.mapping(earlier), await readFile(files.mapping(earlier), 'utf8').catch(() => 'null'))
  await rm(files.mapping(earlier))
  for (const name of await readdir(files.program(earlier))) await writeFile(join(files.program(earlier), name), raw)
  const patch = await readFile(files.patch(earlier, 1), 'utf8')
  await writeFile(files.patch(earlier, 1), patch.replaceAll('[key]', oneLine))
  const foreign = join(root, '../foreign', `${id}-old`)
  await cp(earlier, foreign, { recursive: true })
  await run('collect', [foreign, '--session-id', 'copy'])
}

async function buildAll(id: string): Promise<void> {
  const sessions = ['--sessions', sessionsOf(root)]
  await mkdir(out())
  await run('site', [...sessions, '--out', join(out(), 'site')])
  await writeFile(join(out(), 'compare.json'), await run('compare', [id, `${id}-old`, 'copy', '--json']))
  await run('report', [`${id}-old`, '--out', join(out(), 'old.html')])
  await run('report', ['copy', '--out', join(out(), 'copy.md')])
  await run('report', [id, `${id}-old`, 'copy', '--out', join(out(), 'week.md')])
  await writeFile(join(out(), 'branch.txt'), await git(root, 'log', '-p', '--all', '--format=%B', '--not', 'main'))
}

/** Names of the files below a folder with their texts, unpacked. */
async function texts(below: string): Promise<[string, string][]> {
  const entries = await readdir(below, { recursive: true, withFileTypes: true })
  const found = entries
    .filter(entry => entry.isFile())
    .map(async (entry): Promise<[string, string]> => {
      const path = join(entry.parentPath, entry.name)
      const bytes = await readFile(path)
      return [path, (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('utf8')]
    })
  return Promise.all(found)
}

/** Twelve letters of any secret, and of the environment's in base64. */
const pieces = [
  ...secrets,
  ...Object.values(environmentKeys).map(value => Buffer.from(`a${value}`).toString('base64').slice(3, -4)),
].flatMap(secret => Array.from({ length: Math.max(1, secret.length - 11) }, (_, at) => secret.slice(at, at + 12)))
const piece = new RegExp([...new Set(pieces)].map(RegExp.escape).join('|'))

/** Where a text holds a piece of a key, as it is, between tags, or escaped. */
function leak(text: string): string | null {
  for (const form of [text, text.replace(/<[^>]*>/g, ''), decode(text).text]) {
    const found = piece.exec(form)
    if (found) return form.slice(Math.max(0, found.index - 80), found.index + 40)
  }
  return null
}

const leaks = (found: [string, string][]) =>
  found.flatMap(([path, text]) => (leak(text) === null ? [] : [[path, leak(text)]]))

test('the search finds a planted key in each form', () => {
  for (const text of [
    all,
    encodeURIComponent(all),
    JSON.stringify(JSON.stringify(all)),
    oneLine.replace(/(.{5})/g, '<b>$1</b>'),
  ])
    expect(leak(text)).not.toBeNull()
})

test('the run printed what was planted, and the guard refused the edits that add a key without naming it', async () => {
  expect(experiments.map(({ status }) => status)).toEqual(['keep', 'keep', 'refused', 'refused', 'crash', 'keep'])
  expect(experiments[1]?.description).toBe(`RATE with [key] in ${home}`)
  expect(experiments[2]?.reason).toBe('Refused: it writes what looks like a key into train.js.')
  expect(experiments[3]?.reason).toBe(
    'Refused: it writes the value of OPENAI_KEY into train.js; on retry, it writes what looks like a key into train.js.',
  )
  expect(experiments[4]?.reason).toContain(`no access to ${home}/data with [key] and [key]`)
  expect(experiments[1]?.runs[0]?.summary).toMatchObject({ '[key]': 1, training_seconds: 0.1 })
  const log = await readFile(files.log(folder, 1, 1), 'utf8')
  for (const { kind } of keys) expect(log).toContain(`${kind}: `)
  expect(log).not.toContain('OPENAI_KEY')
})

test('no key is stored in the records of the session or of collected ones, nor committed', async () => {
  const stored = (await texts(sessionsOf(root))).filter(([path]) => !path.startsWith(`${folder}-old`))
  expect(stored.length).toBeGreaterThan(40)
  expect(leaks(stored)).toEqual([])
  const branch = await readFile(join(out(), 'branch.txt'), 'utf8')
  expect(branch).toContain('RATE with [key]')
  expect(leaks([['branch', branch.replaceAll(old, '')]])).toEqual([])
})

test('no key, and no home folder, is in what is built: pages, data, search, feed, reports, comparisons', async () => {
  const built = await texts(out())
  const names = built.map(([path]) => path.slice(out().length + 1))
  for (const name of [
    'site/feed.xml',
    'site/compare.html',
    'site/data/experiments.csv',
    'site/llms.txt',
    'compare.json',
    'week.md',
  ])
    expect(names).toContain(name)
  expect(names.filter(name => name.startsWith('site/pagefind/fragment/')).length).toBeGreaterThan(0)
  const published = built.filter(([path]) => !path.endsWith('branch.txt'))
  const reports = (await texts(sessionsOf(root))).filter(([path]) =>
    /(?:report\.md|digest\.json|report\.source\.md)$/.test(path),
  )
  expect(reports.length).toBeGreaterThan(6)
  expect(leaks([...published, ...reports])).toEqual([])
  expect(
    [...published, ...reports].filter(([, text]) => text.includes('home-of-somebody')).map(([path]) => path),
  ).toEqual([])
})

test('a key in the frontmatter of program.md, or in a tag, is an error that does not repeat it', async () => {
  const text = await readFile(join(root, 'program.md'), 'utf8')
  await write(root, { 'keyed.md': text.replace('run: node', `run: TOKEN=${key('GitHub classic')} node`) })
  for (const args of [
    ['--program', 'keyed.md'],
    ['--program', 'program.md', '--tag', key('Stripe')],
  ]) {
    const { exitCode, stdout, stderr } = await nightshift(root, 'session', [...args, '--experiments', '0'])
    expect(exitCode).toBe(2)
    expect(stderr).toContain('looks like a key')
    expect(leak(stdout + stderr)).toBeNull()
  }
})
