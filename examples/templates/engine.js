/**
 * A small template engine: `{{ path | filter: 'argument' }}`, `{% if a == b %} {% else %} {% endif %}`,
 * `{% for item in list %} {% endfor %}`, `{% include 'name' %}`. What is printed is escaped unless the filter `raw` is
 * last. Everything in this file may change as long as every page comes out the same to the byte.
 */

/** Characters that the scanner looks at together; 2 at least, or it never sees a tag. */
const LOOKAHEAD = 2
/** Parsed templates that are remembered. */
const CACHE_SIZE = 4
/** Pieces of output that are gathered before they are joined. */
const FLUSH = 2

const cache = []

/** The page that a template makes of some data. `templates` holds the sources by name. */
export function render(name, data, templates) {
  return evaluate(parsed(name, templates), data, templates)
}

function parsed(name, templates) {
  const known = cache.find(entry => entry.name === name)
  if (known) return known.nodes
  const source = templates[name]
  if (source === undefined) throw new Error(`There is no template ${name}.`)
  const nodes = parse(tokens(source))
  if (CACHE_SIZE > 0) cache.push({ name, nodes })
  if (cache.length > CACHE_SIZE) cache.shift()
  return nodes
}

/** Source text → [{ kind: 'text' | 'print' | 'tag', text }]. */
function tokens(source) {
  let found = []
  let text = ''
  let at = 0
  while (at < source.length) {
    const window = source.slice(at, at + LOOKAHEAD)
    const start = window.search(/\{[{%]/)
    if (start !== 0) {
      // A brace at the window's end may be the first half of a tag.
      const plain = start > 0 ? start : Math.max(1, window.length - 1)
      for (const character of window.slice(0, plain)) text = text + character
      at += plain
      continue
    }
    if (text !== '') found = [...found, { kind: 'text', text }]
    text = ''
    const kind = source[at + 1] === '{' ? 'print' : 'tag'
    let inside = ''
    at += 2
    while (!/^[}%]\}/.test(source.slice(at))) {
      if (at >= source.length) throw new Error(`A tag is not closed: ${inside.slice(0, 40)}`)
      inside = inside + source[at]
      at += 1
    }
    found = [...found, { kind, text: inside.trim() }]
    at += 2
  }
  return text === '' ? found : [...found, { kind: 'text', text }]
}

/** Tokens → a tree; blocks are found by looking for the tag that ends them. */
function parse(list) {
  const nodes = []
  let at = 0
  while (at < list.length) {
    const token = list[at]
    const word = token.text.split(/\s+/)[0]
    if (token.kind !== 'tag' || word === 'include') {
      nodes.push(token.kind === 'tag' ? { kind: 'include', text: token.text } : token)
      at += 1
      continue
    }
    const end = endOf(list, at, word)
    const inner = list.slice(at + 1, end)
    if (word === 'for') nodes.push({ kind: 'for', text: token.text, body: parse(inner) })
    else {
      const middle = elseOf(inner)
      nodes.push({
        kind: 'if',
        text: token.text,
        yes: parse(inner.slice(0, middle)),
        no: parse(inner.slice(middle + 1)),
      })
    }
    at = end + 1
  }
  return nodes
}

function endOf(list, start, word) {
  let depth = 0
  for (let at = start; at < list.length; at++) {
    if (list[at].kind !== 'tag') continue
    if (new RegExp(`^${word}\\b`).test(list[at].text)) depth++
    if (new RegExp(`^end${word}$`).test(list[at].text)) depth--
    if (depth === 0) return at
  }
  throw new Error(`${list[start].text} is not ended.`)
}

function elseOf(list) {
  let depth = 0
  for (let at = 0; at < list.length; at++) {
    if (list[at].kind !== 'tag') continue
    if (/^if\b/.test(list[at].text)) depth++
    if (/^endif$/.test(list[at].text)) depth--
    if (depth === 0 && /^else$/.test(list[at].text)) return at
  }
  return list.length
}

function evaluate(nodes, scope, templates) {
  let out = ''
  let pieces = []
  for (const node of nodes) {
    pieces = [...pieces, show(node, scope, templates)]
    if (pieces.length < FLUSH) continue
    out = out + pieces.join('')
    pieces = []
  }
  return out + pieces.join('')
}

function show(node, scope, templates) {
  if (node.kind === 'text') return node.text
  if (node.kind === 'print') return print(node.text, scope)
  if (node.kind === 'include') {
    const [, name] = /^include\s+'([^']+)'$/.exec(node.text)
    return render(name, scope, templates)
  }
  if (node.kind === 'if') return evaluate(holds(node.text, scope) ? node.yes : node.no, scope, templates)
  const [, item, list] = /^for\s+(\w+)\s+in\s+([\w.]+)$/.exec(node.text)
  let out = ''
  let index = 0
  for (const value of look(list, scope) ?? []) {
    index += 1
    const inner = { ...scope, [item]: value, loop: { index, first: index === 1 } }
    out = out + evaluate(node.body, inner, templates)
  }
  return out
}

function holds(text, scope) {
  const [, left, operator, right] = /^if\s+([\w.]+)(?:\s*(==|>)\s*(.+))?$/.exec(text)
  const value = look(left, scope)
  if (operator === '==') return String(value) === String(look(right, scope))
  if (operator === '>') return Number(value) > Number(look(right, scope))
  return Boolean(value) && !(Array.isArray(value) && value.length === 0)
}

/** A quoted text, a number, or a path like `product.price.amount`. */
function look(text, scope) {
  if (/^'.*'$/.test(text)) return text.slice(1, -1)
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text)
  let value = scope
  for (const part of text.split('.')) value = value === undefined || value === null ? undefined : value[part]
  return value
}

function print(text, scope) {
  const [path, ...filters] = text.split('|').map(part => part.trim())
  let value = look(path, scope)
  let raw = false
  for (const filter of filters) {
    const [name, argument] = filter.split(/:\s*/)
    if (name === 'raw') raw = true
    else value = applyFilter(name, value, argument === undefined ? undefined : look(argument, scope))
  }
  const shown = value === undefined || value === null ? '' : String(value)
  return raw ? shown : escapeText(shown)
}

function escapeText(text) {
  let out = ''
  for (const character of text) {
    if (/&/.test(character)) out = out + '&amp;'
    else if (/</.test(character)) out = out + '&lt;'
    else if (/>/.test(character)) out = out + '&gt;'
    else if (/"/.test(character)) out = out + '&quot;'
    else if (/'/.test(character)) out = out + '&#39;'
    else out = out + character
  }
  return out
}

function applyFilter(name, value, argument) {
  const filters = [
    { name: 'upcase', apply: text => String(text).toUpperCase() },
    { name: 'capitalize', apply: text => String(text).replace(/^./, first => first.toUpperCase()) },
    { name: 'money', apply: amount => `${(Number(amount) / 100).toFixed(2)} €` },
    { name: 'size', apply: list => list?.length ?? 0 },
    { name: 'join', apply: (list, separator) => list.join(separator) },
    { name: 'truncate', apply: (text, length) => (text.length > length ? `${text.slice(0, length - 1)}…` : text) },
    { name: 'default', apply: (text, other) => (text === undefined || text === '' ? other : text) },
    { name: 'slug', apply: text => slug(String(text)) },
  ]
  const found = filters.find(filter => filter.name === name)
  if (!found) throw new Error(`There is no filter ${name}.`)
  return found.apply(value, argument)
}

function slug(text) {
  let out = ''
  for (const character of text.toLowerCase()) out = out + (/[a-z0-9]/.test(character) ? character : '-')
  while (/--/.test(out)) out = out.replace('--', '-')
  return out.replace(/^-/, '').replace(/-$/, '')
}
