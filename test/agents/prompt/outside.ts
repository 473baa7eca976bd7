/** Lines of a prompt outside of data fences. @throws a fence opens or closes differently from those of the prompt */
export function outsideFences(text: string): string[] {
  let open = false
  return text.split('\n').filter(line => {
    if (!line.startsWith('```')) return !open
    if (line !== (open ? '```' : '```text')) throw new Error(`A fence is broken by ${JSON.stringify(line)}.`)
    open = !open
    return false
  })
}
