/** A table with a header line → a list of records. */
export function rows(text) {
  const [head, ...lines] = text.trimEnd().split('\n')
  const names = head.split('\t')
  return lines.map(line => Object.fromEntries(line.split('\t').map((cell, i) => [names[i], cell])))
}
