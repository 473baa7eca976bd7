/** A report as a self-contained HTML page without scripts or external resources. Pure. */
import type { Nodes, Root } from 'mdast'
import { escapeHtml } from '../../lib/text.ts'

/** @param tree resolved tree, for the title @param body sanitised HTML */
export const page = (tree: Root, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(titleOf(tree))}</title>
<style>${style}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`

const style = `
body { margin: 2rem auto; max-width: 62rem; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif; color: #1c1a17; background: #fdfcf8 }
h1, h2 { line-height: 1.2 }
p, li { max-width: 46rem }
table { border-collapse: collapse; display: block; overflow-x: auto; font-size: 14px; font-variant-numeric: tabular-nums }
th, td { padding: 0.25rem 0.75rem 0.25rem 0; border-bottom: 1px solid #dcd7cb; text-align: left; vertical-align: top }
[align=right] { text-align: right }
summary { margin: 0.5rem 0; cursor: pointer; font-weight: 700 }
ins { background: #e6eef8 } del { background: #faece1 } ins, del { text-decoration: none }
pre { overflow-x: auto; padding: 0.75rem; background: #f3f0e7; font-size: 13px }
figure { margin: 0 }
figure svg { max-width: 100%; height: auto }
`

const titleOf = ({ children }: Root): string => {
  const heading = children.find(node => node.type === 'heading')
  return (heading && textOf(heading)) || 'Report'
}

const textOf = (node: Nodes): string =>
  'value' in node ? node.value : 'children' in node ? node.children.map(textOf).join('') : ''
