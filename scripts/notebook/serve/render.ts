/** Entry point of the program built for `pnpm site --serve`, bundled with the pages by Astro. */
import { createApp } from 'astro/app/entrypoint'

const app = createApp({ streaming: false })

/** @param locals what to render @throws if rendering fails */
export async function render(locals: App.Locals): Promise<string> {
  const response = await app.render(new Request('http://notebook/live'), { locals })
  const text = await response.text()
  if (response.status !== 200) throw new Error(`a page was not rendered: ${response.status}`)
  return text
}
