/** What the build for `pnpm site --serve` exports: Astro bundles it with the pages. */
import { createApp } from 'astro/app/entrypoint'

const app = createApp({ streaming: false })

/** @param locals what is to be drawn @throws when it could not be */
export async function render(locals: App.Locals): Promise<string> {
  const response = await app.render(new Request('http://notebook/live'), { locals })
  const text = await response.text()
  if (response.status !== 200) throw new Error(`a page was not drawn: ${response.status}`)
  return text
}
