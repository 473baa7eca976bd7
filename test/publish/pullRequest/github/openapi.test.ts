import { expect, test } from 'vitest'
import { answerProblems, example, operationOf, requestProblems } from './openapi.ts'

const create = operationOf('POST', '/repos/o/r/pulls')
const none = new URLSearchParams()

test('the description accepts its own examples, but for a team that lacks its type', () => {
  expect(create && answerProblems(create, 201, { ...example('pull-request'), requested_teams: [] })).toEqual([])
  expect(create && requestProblems(create, none, { title: 'a', head: 'o:b', base: 'main', body: 'c' })).toEqual([])
  const read = operationOf('GET', '/repos/o/r')
  expect(read && answerProblems(read, 200, example('full-repository-default-response'))).toEqual([])
})

test('a wrong field, type, query or status is a problem', () => {
  expect(create && requestProblems(create, none, { title: 1, head: 'o:b', base: 'main', text: 'c' })).toEqual([
    'POST /repos/{owner}/{repo}/pulls: has no field text',
    'POST /repos/{owner}/{repo}/pulls body: /title must be string',
  ])
  const list = operationOf('GET', '/repos/o/r/pulls')
  expect(list && requestProblems(list, new URLSearchParams('state=any&heads=b'), undefined)).toHaveLength(2)
  expect(create && answerProblems(create, 201, { ...example('pull-request'), number: 'one' })).not.toEqual([])
  expect(create && answerProblems(create, 302, {})).toEqual(['POST /repos/{owner}/{repo}/pulls: never answers 302'])
})
