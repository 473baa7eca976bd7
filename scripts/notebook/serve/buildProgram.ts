/** The build process of `pnpm site --serve`: `node buildProgram.ts SESSIONS OUT PROGRAM`. */
import { main } from '../../lib/errors.ts'
import { buildPages } from '../build.ts'
import { openSearch } from '../searchIndex.ts'

await main(async () => {
  const [sessions = '', out = '', serve = ''] = process.argv.slice(2)
  await buildPages({ sessions, out, base: '/', site: null, serve }, await openSearch())
})
