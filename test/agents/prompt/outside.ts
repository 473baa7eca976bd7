/** Lines of a prompt that are in no fence of data. @throws where a fence begins or ends in another way than ours do */
export function outsideFences(text: string): string[] {
  let open = false
  return text.split('\n').filter(line => {
    if (!line.startsWith('```')) return !open
    if (line !== (open ? '```' : '```text')) throw new Error(`A fence is broken by ${JSON.stringify(line)}.`)
    open = !open
    return false
  })
}
