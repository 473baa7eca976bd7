// The search: pagefind's index is read from beside this page, part by part. Its excerpts hold others' words, so of their
// markup only <mark> passes, and that as an element of our own.
{
  const form = document.querySelector('.search')
  const input = form.querySelector('input')
  const status = form.querySelector('output')
  const list = document.querySelector('.results')
  const more = document.querySelector('.more')
  const batch = 10
  let pagefind
  let asked = 0

  const served = /^https?:$/.test(location.protocol)
  document.querySelector('.unserved').hidden = served
  form.hidden = !served
  if (served) start()

  function start() {
    input.value = new URLSearchParams(location.search).get('q') ?? ''
    let pause
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

  async function search() {
    const turn = ++asked
    const words = input.value.trim()
    history.replaceState(null, '', words === '' ? location.pathname : `?q=${encodeURIComponent(words)}`)
    if (words === '') return show([], 0, '', turn)
    try {
      pagefind ??= await import(new URL('pagefind/pagefind.js', location.href).href)
      const { results } = await pagefind.search(words)
      await show(results, batch, words, turn)
    } catch (error) {
      if (turn === asked) status.textContent = `The index could not be read: ${error.message}`
    }
  }

  async function show(results, many, words, turn) {
    const found = await Promise.all(results.slice(0, many).map(result => result.data()))
    // Meanwhile something else was asked.
    if (turn !== asked) return
    list.replaceChildren(...found.map(entry))
    const places = results.length === 1 ? '1 page' : `${results.length} pages`
    status.textContent = words === '' ? '' : results.length === 0 ? 'Nothing found.' : places
    more.hidden = results.length <= many
    more.onclick = () => show(results, many + batch, words, turn)
  }

  function entry({ url, meta, excerpt }) {
    const item = document.createElement('li')
    const link = document.createElement('a')
    link.href = new URL(url.replace(/^\//, ''), new URL('.', location.href)).href
    link.textContent = meta.title || url
    // Which night it is of: sessions/<id>/0002.html
    const night = document.createElement('span')
    night.className = 'night'
    night.textContent = decodeURIComponent(/sessions\/([^/]+?)(?:\/|\.html)/.exec(url)?.[1] ?? '')
    const why = document.createElement('span')
    why.className = 'why'
    why.append(...marked(excerpt))
    item.append(link, night, why)
    return item
  }

  function marked(excerpt) {
    const { body } = new DOMParser().parseFromString(excerpt, 'text/html')
    return [...body.childNodes].map(node => {
      if (node.nodeName !== 'MARK') return document.createTextNode(node.textContent)
      const mark = document.createElement('mark')
      mark.textContent = node.textContent
      return mark
    })
  }
}
