/** Syntax highlighting by Shiki: tokens with a class instead of a colour, so that the page needs no inline style. */
import {
  bundledLanguages,
  createBundledHighlighter,
  createCssVariablesTheme,
  createJavaScriptRegexEngine,
  type GrammarState,
  type HighlighterGeneric,
  type ThemeRegistration,
} from 'shiki'
import { memoize } from '../../../scripts/lib/memoize.ts'

export interface Token {
  text: string
  /** "comment", "keyword", "string", …; null for other text. */
  kind: string | null
  changed: boolean
}

const THEME = 'nightshift'
const theme: ThemeRegistration = createCssVariablesTheme({ name: THEME, variablePrefix: '--' })

// V8's regular expressions find the same tokens as Oniguruma in a third of the time. What a grammar needs beyond them
// stays without colour.
const createHighlighter = createBundledHighlighter({
  langs: bundledLanguages,
  themes: {},
  engine: () => createJavaScriptRegexEngine({ forgiving: true }),
})

type Highlighter = HighlighterGeneric<Language, never>
let made: Promise<Highlighter> | undefined
const loaded = new Map<Language, Promise<Highlighter>>()

/** The highlighter once it knows a language. Theme and language are prepared once: for each line that took half the time. */
function highlighterFor(lang: Language): Promise<Highlighter> {
  made ??= createHighlighter({ langs: [], themes: [theme] })
  const found =
    loaded.get(lang) ??
    made.then(async highlighter => {
      await highlighter.loadLanguage(lang)
      return highlighter
    })
  loaded.set(lang, found)
  return found
}

/** Limits in characters: a larger file is data rather than code, and highlighting it would take minutes. */
const MAX_LINE = 1000
const MAX_CHARACTERS = 200_000

/**
 * The grammar's state between two lines, and the lines that were tokenized from there. The patches of a session are made of
 * the same few hundred lines of code, and a line has the same tokens wherever it follows the same state.
 */
interface State {
  /** undefined before the first line. */
  grammar: GrammarState | undefined
  lines: Map<string, { tokens: Token[]; after: State }>
}

/** The states that a language was in, the first line's before the others. Equal ones are one object. */
const statesOf = new Map<Language, [State, ...State[]]>()
let knownLines = 0
/** Lines that are kept, about 50 MB; beyond it all are forgotten. */
const MAX_KNOWN_LINES = 50_000

/** Tokens of each line, which callers must not modify. The file extension selects the language; unknown ones stay plain. */
export async function syntax(lines: string[], path: string): Promise<Token[][]> {
  const lang = language(path)
  const huge =
    lines.some(line => line.length > MAX_LINE) ||
    lines.reduce((sum, line) => sum + line.length + 1, -1) > MAX_CHARACTERS
  if (lang === null || huge) return lines.map(text => [{ text, kind: null, changed: false }])
  const highlighter = await highlighterFor(lang)
  const states = statesOf.get(lang) ?? [newState(undefined)]
  statesOf.set(lang, states)
  let [state] = states
  const all: Token[][] = []
  for (const line of lines) {
    const { tokens, after } = state.lines.get(line) ?? tokenize(highlighter, line, lang, state, states)
    all.push(tokens)
    state = after
  }
  return all
}

function tokenize(highlighter: Highlighter, line: string, lang: Language, state: State, states: State[]) {
  // By default Shiki gives up on a line after 500 ms. On a busy machine the first line takes that long, since its grammar
  // is prepared then, and would stay without colour in every diff.
  const options = { lang, theme: THEME, tokenizeTimeLimit: 0 }
  const found = highlighter.codeToTokens(line, state.grammar ? { ...options, grammarState: state.grammar } : options)
  const tokens = (found.tokens[0] ?? []).map(t => ({ text: t.content, kind: kindOf(t.color ?? ''), changed: false }))
  const known = { tokens, after: stateOf(found.grammarState, states) }
  if (++knownLines > MAX_KNOWN_LINES) {
    statesOf.clear()
    knownLines = 0
  }
  state.lines.set(line, known)
  return known
}

const newState = (grammar: GrammarState | undefined): State => ({ grammar, lines: new Map() })

function stateOf(grammar: GrammarState | undefined, states: State[]): State {
  const stack = grammar?.getInternalStack()
  const found = states.find(state => stack && state.grammar?.getInternalStack()?.equals(stack))
  if (found) return found
  const made = newState(grammar)
  states.push(made)
  return made
}

type Language = keyof typeof bundledLanguages

function language(path: string): Language | null {
  const extension = /\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? ''
  return extension in bundledLanguages ? (extension as Language) : null
}

/** "var(--token-comment)" → "comment". */
const kindOf = memoize((color: string) => /--token-([\w-]+)/.exec(color)?.[1] ?? null)
