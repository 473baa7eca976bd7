import { expect, test } from 'vitest'
import { answerProblems, example, operationOf, requestProblems } from './openapi.ts'

const create = operationOf('POST', '/repos/o/r/pulls')
const none = new URLSearchParams()

test('the description accepts a request and an answer of its own', () => {
  const comment = operationOf('GET', '/repos/o/r/issues/comments/7')
  expect(comment?.name).toBe('GET /repos/{owner}/{repo}/issues/comments/{comment_id}')
  expect(comment && requestProblems(comment, none, undefined)).toEqual([])
  expect(comment && answerProblems(comment, 200, example('issue-comment'))).toEqual([])
  expect(create && requestProblems(create, none, { title: 'a', head: 'o:b', base: 'main', body: 'c' })).toEqual([])
})

test('a wrong field, type, query or status is a problem', () => {
  expect(create && requestProblems(create, none, { title: 1, head: 'o:b', base: 'main', text: 'c' })).toEqual([
    'POST /repos/{owner}/{repo}/pulls: has no field text',
    'POST /repos/{owner}/{repo}/pulls body: /title must be string',
  ])
  const list = operationOf('GET', '/repos/o/r/pulls')
  expect(list && requestProblems(list, new URLSearchParams('state=any&heads=b'), undefined)).toHaveLength(2)
  expect(create && answerProblems(create, 201, { number: 'one' })).not.toEqual([])
  expect(create && answerProblems(create, 302, {})).toEqual(['POST /repos/{owner}/{repo}/pulls: never answers 302'])
})
