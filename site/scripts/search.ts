/**
 * The search: loads pagefind's index beside this page, part by part. Excerpts contain text by others, so only <mark>
 * is kept of their markup, as an element of our own.
 */
import { one } from './dom.ts'

/** The part of pagefind/pagefind.js that is used. */
interface Pagefind {
  search: (words: string) => Promise<{ results: Result[] }>
}

interface Result {
  data: () => Promise<Found>
}

interface Found {
  url: string
  meta: { title?: string }
  excerpt: string
}

const form = one('.search')
const input = one('input', form)
const status = one('output', form)
const list = one('.results')
const more = one('.more')
/** Results shown per click on "more". */
const PAGE_SIZE = 10
let pagefind: Pagefind | undefined
let lastQuery = 0

const served = /^https?:$/.test(location.protocol)
one('.unserved').hidden = served
form.hidden = !served
if (served) start()

function start(): void {
  input.value = new URLSearchParams(location.search).get('q') ?? ''
  let pause: ReturnType<typeof setTimeout> | undefined
  input.addEventListener('input', () => {
    clearTimeout(pause)
    pause = setTimeout(search, 150)
  })
  form.addEventListener('submit', event => {
    event.preventDefault()
    void search()
  })
  input.focus()
  void search()
}

async function search(): Promise<void> {
  const query = ++lastQuery
  const words = input.value.trim()
  history.replaceState(null, '', words === '' ? location.pathname : `?q=${encodeURIComponent(words)}`)
  if (words === '') return show([], 0, '', query)
  try {
    pagefind ??= await loadPagefind()
    const { results } = await pagefind.search(words)
    await show(results, PAGE_SIZE, words, query)
  } catch (error) {
    if (query === lastQuery) status.textContent = `The index could not be read: ${(error as Error).message}`
  }
}

function loadPagefind(): Promise<Pagefind> {
  return import(new URL('pagefind/pagefind.js', location.href).href)
}

async function show(results: Result[], limit: number, words: string, query: number): Promise<void> {
  const found = await Promise.all(results.slice(0, limit).map(result => result.data()))
  // Another query was typed meanwhile.
  if (query !== lastQuery) return
  list.replaceChildren(...found.map(entry))
  const places = results.length === 1 ? '1 page' : `${results.length} pages`
  status.textContent = words === '' ? '' : results.length === 0 ? 'Nothing found.' : places
  more.hidden = results.length <= limit
  more.onclick = () => void show(results, limit + PAGE_SIZE, words, query)
}

function entry({ url, meta, excerpt }: Found): Element {
  const item = document.createElement('li')
  const link = document.createElement('a')
  link.href = new URL(url.replace(/^\//, ''), new URL('.', location.href)).href
  link.textContent = meta.title || url
  // Id of the session: sessions/<id>/0002.html
  const session = span('session', decodeURIComponent(/sessions\/([^/]+?)(?:\/|\.html)/.exec(url)?.[1] ?? ''))
  item.append(link, session, span('why', ...marked(excerpt)))
  return item
}

function span(name: string, ...children: (Node | string)[]): HTMLElement {
  const made = document.createElement('span')
  made.className = name
  made.append(...children)
  return made
}

function marked(excerpt: string): Node[] {
  const { body } = new DOMParser().parseFromString(excerpt, 'text/html')
  return [...body.childNodes].map(node => {
    const text = node.textContent ?? ''
    if (node.nodeName !== 'MARK') return document.createTextNode(text)
    const mark = document.createElement('mark')
    mark.textContent = text
    return mark
  })
}
