/** Code for the browser as one classic script: pages open from disk, and a page from disk loads no modules. */
import { build } from 'rolldown'

const asked = '?classic'

/**
 * For Vite: `import code from './x.ts?classic'` is the text of x.ts with all that it needs. Of files that also do other
 * work only what is asked for is taken, so that nothing of node is left.
 */
export const classic = {
  name: 'classic',
  async load(id: string): Promise<string | null> {
    if (!id.endsWith(asked)) return null
    const { output } = await build({
      input: id.slice(0, -asked.length),
      platform: 'browser',
      external: /^node:/,
      treeshake: { moduleSideEffects: false },
      output: { format: 'iife', minify: true },
      write: false,
    })
    return `export default ${JSON.stringify(output[0].code)}`
  },
}
