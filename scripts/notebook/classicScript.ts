/** Bundles browser code as one classic script: pages opened from disk cannot load modules. */
import { build } from 'rolldown'

const asked = '?classic'

/**
 * Vite plugin: `import code from './x.ts?classic'` is the bundled text of x.ts. Unused code is removed, and with it all
 * imports of Node modules.
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
