/** Takes what is still wrong out of a source. */
import { check } from './check.ts'
import type { Finding } from './finding.ts'
import type { Known } from './known.ts'

/**
 * Cuts each finding with its sentence, or its block where the sentence cannot be cut; then what that leaves open.
 * @returns a source without findings, and all that was cut
 */
export function cut(source: string, known: Known): { source: string; cut: Finding[] } {
  let text = source
  const all: Finding[] = []
  for (let findings = check(text, known); findings.length > 0; findings = check(text, known)) {
    all.push(...findings)
    const shorter = without(text, findings)
    // A finding without a place of its own cannot be cut out: nothing of such a text is kept.
    text = shorter.length < text.length ? shorter : ''
  }
  return { source: text, cut: all }
}

function without(text: string, findings: Finding[]): string {
  let [kept, at] = ['', 0]
  for (const { start, end } of findings) {
    if (start >= at) kept += text.slice(at, start)
    at = Math.max(at, end)
  }
  return kept + text.slice(at)
}
