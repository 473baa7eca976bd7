/** The repository's own pull request template is kept in the description. */
import '../places.ts'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { schema as published } from '@octokit/graphql-schema'
import { buildSchema, parse, validate } from 'graphql'
import { expect, test } from 'vitest'
import { documents } from '../../../../scripts/publish/pullRequest/github/templates.ts'
import { git } from '../../../helpers/throwaway.ts'
import { failureOf, post } from '../posting.ts'
import { type Place, setUp } from '../setUp.ts'

/** Commits files to the main branch of the repository on GitHub, in place of those that were added before. */
async function addToMain({ root }: Place, files: Record<string, string>): Promise<void> {
  const folder = `${root}-main`
  await git(root, 'worktree', 'add', '-q', '--detach', folder, 'origin/main')
  await git(folder, 'rm', '-rq', '--ignore-unmatch', '.github', 'docs', 'PULL_REQUEST_TEMPLATE.md')
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  await git(folder, 'add', '-A')
  await git(folder, 'commit', '-q', '-m', 'Add templates')
  await git(folder, 'push', '-q', 'origin', 'HEAD:main')
  await git(root, 'worktree', 'remove', '--force', folder)
}

const template = '## Why\n\n<!-- Say why. -->\n\n- [ ] I ran the tests\n'

test('GitHub has what is asked of it', () => {
  expect(
    validate(buildSchema(published.idl, { assumeValidSDL: true, assumeValid: true }), parse(documents.templates)),
  ).toEqual([])
})

test('the template follows our text, unticked, and keeps what people write into it', async () => {
  const place = await setUp()
  const { github, id } = place
  for (const path of ['docs/pull_request_template.txt', 'PULL_REQUEST_TEMPLATE.md']) {
    await addToMain(place, { [path]: template })
    const { plan } = await post(github, id, { approves: false })
    expect(plan?.texts[1]?.text, path).toContain('\n- [ ] I ran the tests\n')
  }
  await addToMain(place, { '.github/pull_request_template.md': template })
  const { plan } = await post(github, id)
  const [pull] = github.pulls
  expect(pull?.body).toMatch(
    /^With this branch [\s\S]*## Why\n\n<!-- Say why. -->\n\n- \[ \] I ran the tests\n[\s\S]*## The search in detail/,
  )
  expect(plan?.steps).toContain(
    "Its description includes the repository's template pull_request_template.md, not filled in.",
  )
  if (pull) pull.body = pull.body.replace('- [ ] I ran', '- [x] I ran')
  expect((await post(github, id)).outcome.sent).toBe(false)
  await post(github, id, { flags: { title: 'Other' } })
  expect(pull?.body).toContain('- [x] I ran the tests')
  expect(github.wrong).toEqual([])
})

test('of several templates one is chosen by name', async () => {
  const place = await setUp()
  const { github, id } = place
  const folder = '.github/PULL_REQUEST_TEMPLATE'
  await addToMain(place, { [`${folder}/fix.md`]: 'A fix.\n', [`${folder}/model.md`]: 'A model.\n' })
  const planOf = async (flags: object) => (await post(github, id, { flags: { ...flags }, approves: false })).plan
  const none = await planOf({})
  expect(none?.steps).toContain(
    'The repository has the templates fix.md, model.md: --template NAME uses one, --template none leaves them out.',
  )
  expect(none?.texts[1]?.text).not.toMatch(/A fix|A model/)
  expect((await planOf({ template: 'Model.md' }))?.texts[1]?.text).toContain('\n\nA model.\n\n')
  expect((await planOf({ template: 'none' }))?.steps).toHaveLength(3)
  const { message, advice } = await failureOf(post(github, id, { flags: { template: 'models.md' } }))
  expect(message).toBe('my-lab/nanochat has no pull request template models.md.')
  expect(advice).toContain('model.md')
})

test('a template that leaves no room is an error with the way out; the description of a shorter one is within the limit', async () => {
  const place = await setUp()
  const { github, id } = place
  const planOf = async (flags: Record<string, unknown>) => (await post(github, id, { flags, approves: false })).plan
  await addToMain(place, { 'docs/pull_request_template.md': '- [ ] zebra\n'.repeat(4900) })
  expect(await failureOf(planOf({}))).toEqual({
    message: 'The repository’s pull request template is too long to be used.',
    advice: 'Give --template none.',
  })
  expect((await planOf({ template: 'none' }))?.texts[1]?.text).not.toContain('zebra')
  await addToMain(place, { 'docs/pull_request_template.md': '- [ ] zebra\n'.repeat(2900) })
  const plan = await planOf({})
  expect(plan?.texts.every(({ text }) => text.length <= 65_536)).toBe(true)
  expect(plan?.texts[1]?.text.match(/zebra/g)).toHaveLength(2900)
})

test.each([false, true])(
  'the usual one is not one of the folder of several, with folders in their names: %s',
  async has => {
    const place = await setUp()
    const { github, id, lab } = place
    lab.hasTemplatePaths = has
    const names = [
      '.github/PULL_REQUEST_TEMPLATE/model.md',
      'docs/pull_request_template.md',
      'docs/PULL_REQUEST_TEMPLATE/a.md',
    ]
    await addToMain(place, Object.fromEntries(names.map(name => [name, `Of ${name}.\n`])))
    const bodyOf = async (flags: Record<string, unknown>) =>
      (await post(github, id, { flags, approves: false })).plan?.texts[1]?.text.split('## The search')[0]
    expect(await bodyOf({})).toContain('Of docs/pull_request_template.md.')
    expect(await bodyOf({ template: 'model.md' })).toContain('Of .github/PULL_REQUEST_TEMPLATE/model.md.')
    if (!has) return
    const usual = [
      'PULL_REQUEST_TEMPLATE/pull_request_template.md',
      'docs/pull_request_template.md',
      '.github/pull_request_template.md',
    ]
    await addToMain(place, Object.fromEntries(usual.map(name => [name, `Of ${name}.\n`])))
    expect(await bodyOf({})).toContain('Of .github/pull_request_template.md.')
    expect(await bodyOf({ template: usual[0] })).toContain(`Of ${usual[0]}.`)
  },
)
