/** A ledger row's change as a bar. Zero line and noise band are the same in all rows; better is left. */
/** The gain at the end of the axis: eight σ, or the third quartile of the session's changes if that is more. */
export function barScale(gains: number[], sigma: number | null): number {
  const sizes = gains.map(Math.abs).sort((a, b) => a - b)
  return Math.max(8 * (sigma ?? 0), sizes[Math.floor((sizes.length - 1) * 0.75)] ?? 0) || 1
}

/** Left edge and width of band and bar in a box of 100 × 26; `cut` is a mark for a bar that exceeds the axis. */
export function bar(gain: number | null, sigma: number | null, reach: number) {
  const at = (g: number) => 50 - Math.max(-48, Math.min(48, (g / reach) * 48))
  const band = { x: at(2 * (sigma ?? 0)), width: at(-2 * (sigma ?? 0)) - at(2 * (sigma ?? 0)) }
  if (gain === null) return { band, bar: null, cut: null }
  const end = at(gain)
  const width = Math.max(0.6, Math.abs(end - 50))
  const cut = Math.abs(gain) <= reach ? null : end > 50 ? 'M95 7l-2 12' : 'M5 7l2 12'
  return { band: rounded(band), bar: rounded({ x: Math.min(50, end), width }), cut }
}

const rounded = ({ x, width }: { x: number; width: number }) => ({
  x: Number(x.toFixed(2)),
  width: Number(width.toFixed(2)),
})
