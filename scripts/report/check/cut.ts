/** Cuts the remaining findings out of a source. */
import { check } from './check.ts'
import type { Finding } from './finding.ts'
import type { Known } from './known.ts'

/**
 * Cuts the sentence of each finding, or its block if the sentence cannot be cut; repeats until nothing is found.
 * @returns a source without findings, and all that was cut
 */
export function cut(source: string, known: Known): { source: string; cut: Finding[] } {
  let text = source
  const all: Finding[] = []
  for (let findings = check(text, known); findings.length > 0; findings = check(text, known)) {
    all.push(...findings)
    const shorter = without(text, findings)
    // If a finding has no range to cut, the whole text is dropped.
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
