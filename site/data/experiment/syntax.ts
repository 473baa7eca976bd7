/** Syntax highlighting by Shiki: tokens with a class instead of a colour, so that the page needs no inline style. */
import {
  bundledLanguages,
  createBundledHighlighter,
  createCssVariablesTheme,
  createJavaScriptRegexEngine,
  createSingletonShorthands,
  type ThemeRegistration,
} from 'shiki'

export interface Token {
  text: string
  /** "comment", "keyword", "string", …; null for other text. */
  kind: string | null
  changed: boolean
}

const theme: ThemeRegistration = createCssVariablesTheme({ name: 'nightshift', variablePrefix: '--' })

// V8's regular expressions find the same tokens as Oniguruma in a third of the time. What a grammar needs beyond them
// stays without colour.
const { codeToTokens } = createSingletonShorthands(
  createBundledHighlighter({
    langs: bundledLanguages,
    themes: {},
    engine: () => createJavaScriptRegexEngine({ forgiving: true }),
  }),
)

/** Limits in characters: a larger file is data rather than code, and highlighting it would take minutes. */
const MAX_LINE = 1000
const MAX_CHARACTERS = 200_000

/** Tokens of each line. The file extension selects the language; unknown ones stay plain. */
export async function syntax(lines: string[], path: string): Promise<Token[][]> {
  const lang = language(path)
  const code = lines.join('\n')
  const huge = code.length > MAX_CHARACTERS || lines.some(line => line.length > MAX_LINE)
  if (lang === null || huge) return lines.map(text => [{ text, kind: null, changed: false }])
  const { tokens } = await codeToTokens(code, { lang, theme })
  return lines.map((_, i) => (tokens[i] ?? []).map(t => ({ text: t.content, kind: kindOf(t.color), changed: false })))
}

function language(path: string): keyof typeof bundledLanguages | null {
  const extension = /\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? ''
  return extension in bundledLanguages ? (extension as keyof typeof bundledLanguages) : null
}

/** "var(--token-comment)" → "comment". */
const kindOf = (color: string | undefined): string | null => /--token-([\w-]+)/.exec(color ?? '')?.[1] ?? null
