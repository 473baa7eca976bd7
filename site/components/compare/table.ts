/** A table with one row of heads, and its caption for readers who cannot see it. */
import type { Child, Make } from './make.ts'

export const table = (make: Make, caption: string, heads: Child, ...bodies: Child[]): Element =>
  make('table', {}, make('caption', { class: 'aside' }, caption), make('thead', {}, make('tr', {}, heads)), bodies)
