/** GitHub's published description of its REST API, as a judge of requests and answers. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Ajv, type ValidateFunction } from 'ajv'
import addFormats from 'ajv-formats'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
type Schema = Record<string, Json>

interface Parameter {
  name: string
  in: string
  required?: boolean
  schema: Schema
}

interface Body {
  content?: { 'application/json'?: { schema: Schema; examples?: { default?: { $ref?: string; value?: Json } } } }
}

interface Operation {
  parameters?: (Parameter | { $ref: string })[]
  requestBody?: Body & { required?: boolean }
  responses: Record<string, Body | { $ref: string }>
}

const main = createRequire(import.meta.url).resolve('@octokit/openapi')
const description = JSON.parse(readFileSync(join(dirname(main), 'generated/api.github.com.json'), 'utf8')) as {
  paths: Record<string, Record<string, Operation>>
  components: Record<string, Record<string, Schema>>
}

const ajv = new Ajv({ strict: false, allErrors: true, logger: false })
addFormats.default(ajv)

/** What "#/components/…" names. */
function resolved<T>(given: T | { $ref: string }): T {
  if (typeof given !== 'object' || given === null || !('$ref' in given)) return given as T
  const [, , kind = '', name = ''] = (given as { $ref: string }).$ref.split('/')
  return description.components[kind]?.[name] as T
}

/** Adds the schemas that a schema uses to `used`, in JSON Schema's form of what may be null. */
function convert(value: Json, used: Map<string, Json>): Json {
  if (Array.isArray(value)) return value.map(each => convert(each, used))
  if (typeof value !== 'object' || value === null) return value
  if (typeof value.$ref === 'string') {
    const name = value.$ref.split('/').at(-1) ?? ''
    if (!used.has(name)) {
      used.set(name, null)
      used.set(name, convert(description.components.schemas?.[name] ?? {}, used))
    }
    return { $ref: `#/$defs/${name}` }
  }
  const { nullable, example: _, examples: __, ...rest } = value
  const inner = Object.fromEntries(Object.entries(rest).map(([key, each]) => [key, convert(each, used)]))
  return nullable === true ? { anyOf: [inner, { type: 'null' }] } : inner
}

const compiled = new Map<string, ValidateFunction>()

function problems(key: string, schema: Schema, value: unknown): string[] {
  let validate = compiled.get(key)
  if (validate === undefined) {
    const used = new Map<string, Json>()
    const root = convert(schema, used) as object
    validate = ajv.compile({ ...root, $defs: Object.fromEntries(used) })
    compiled.set(key, validate)
  }
  validate(value)
  return (validate.errors ?? []).map(error => `${key}: ${error.instancePath || 'it'} ${error.message}`)
}

export interface Match {
  /** E.g. "POST /repos/{owner}/{repo}/pulls" */
  name: string
  operation: Operation
  /** Parameters of the path. */
  values: Record<string, string>
}

/** The operation of a request; null where GitHub has none. Fixed parts of a path count before parameters. */
export function operationOf(method: string, path: string): Match | null {
  const found = Object.entries(description.paths).flatMap(([template, methods]) => {
    const operation = methods[method.toLowerCase()]
    const names = [...template.matchAll(/\{(\w+)\}/g)].map(match => match[1] ?? '')
    const pattern = new RegExp(`^${template.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\w+\}/g, '([^/]+)')}$`)
    const match = pattern.exec(path)
    if (operation === undefined || match === null) return []
    const values = Object.fromEntries(names.map((name, i) => [name, decodeURIComponent(match[i + 1] ?? '')]))
    return [{ name: `${method} ${template}`, operation, values }]
  })
  return found.sort((a, b) => Object.keys(a.values).length - Object.keys(b.values).length)[0] ?? null
}

/** What is wrong with a request by the description; fields that it does not name count as wrong. */
export function requestProblems({ name, operation, values }: Match, query: URLSearchParams, body: unknown): string[] {
  const parameters = (operation.parameters ?? []).map(resolved<Parameter>)
  const found: string[] = []
  for (const [key, text] of query) {
    const parameter = parameters.find(each => each.in === 'query' && each.name === key)
    if (parameter === undefined) found.push(`${name}: has no query parameter ${key}`)
    else found.push(...problems(`${name} ?${key}`, parameter.schema, typed(text, parameter.schema)))
  }
  for (const { name: key, schema } of parameters.filter(each => each.in === 'path'))
    found.push(...problems(`${name} {${key}}`, schema, typed(values[key] ?? '', schema)))
  const schema = operation.requestBody?.content?.['application/json']?.schema
  if (schema === undefined) return body === undefined ? found : [...found, `${name}: takes no body`]
  if (body === undefined) return operation.requestBody?.required ? [...found, `${name}: needs a body`] : found
  const alternatives = (schema.oneOf ?? schema.anyOf ?? [schema]) as Schema[]
  const known = alternatives.flatMap(each => Object.keys((each.properties as object | undefined) ?? {}))
  const unknown = Object.keys(body as object).filter(key => !known.includes(key))
  return [...found, ...unknown.map(key => `${name}: has no field ${key}`), ...problems(`${name} body`, schema, body)]
}

const typed = (text: string, { type }: Schema): unknown => (type === 'integer' ? Number(text) : text)

/** What is wrong with an answer. */
export function answerProblems({ name, operation }: Match, status: number, body: unknown): string[] {
  const response = operation.responses[String(status)]
  // Any operation may be refused for a limit or fail.
  if (response === undefined)
    return [401, 403, 404, 429].includes(status) || status >= 500 ? [] : [`${name}: never answers ${status}`]
  const schema = resolved<Body>(response).content?.['application/json']?.schema
  return schema === undefined ? [] : problems(`${name} ${status}`, schema, body)
}

/** A fresh copy of the description's own example, e.g. "pull-request". */
export const example = (name: string): Record<string, Json> =>
  structuredClone((description.components.examples?.[name]?.value ?? {}) as Record<string, Json>)
