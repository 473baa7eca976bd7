/** The frozen build: the sources as a static host would serve them, compressed. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

const types = { html: 'text/html; charset=utf-8', css: 'text/css', js: 'text/javascript' }

/** Served path → { type, body }; an empty file is served as one. */
export function build(folder) {
  const names = ['index.html', 'style.css', 'extra.css', 'app.js']
  return new Map(
    names.map(name => {
      const body = gzipSync(readFileSync(join(folder, name)), { level: 9 })
      return [name === 'index.html' ? '/' : `/${name}`, { type: types[name.split('.').pop()], body }]
    }),
  )
}
