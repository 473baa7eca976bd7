/** A table with one header row and a caption for screen readers. */
import type { Child, Make } from './make.ts'

export const table = (make: Make, caption: string, heads: Child, ...bodies: Child[]): Element =>
  make('table', {}, make('caption', { class: 'aside' }, caption), make('thead', {}, make('tr', {}, heads)), bodies)
