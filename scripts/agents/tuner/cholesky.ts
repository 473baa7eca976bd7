/** Linear algebra of a Gaussian process: Cholesky factor and triangular solves. Pure. */

/** Lower triangle L with L·Lᵀ = K, n × n; `K` is called for i ≥ j. 1e-6 is added to the diagonal for stability. */
export function cholesky(n: number, K: (i: number, j: number) => number): Float64Array[] {
  const L: Float64Array[] = []
  for (let i = 0; i < n; i++) {
    const row = new Float64Array(i + 1)
    for (let j = 0; j <= i; j++) {
      const other = L[j] ?? row
      let sum = K(i, j) + (i === j ? 1e-6 : 0)
      for (let k = 0; k < j; k++) sum -= (row[k] ?? 0) * (other[k] ?? 0)
      row[j] = i === j ? Math.sqrt(Math.max(sum, 1e-9)) : sum / (other[j] ?? 1)
    }
    L.push(row)
  }
  return L
}

/** Solves L·x = b. */
export function forward(L: Float64Array[], b: number[]): number[] {
  const x: number[] = []
  for (const [i, row] of L.entries()) {
    let sum = b[i] ?? 0
    for (let k = 0; k < i; k++) sum -= (row[k] ?? 0) * (x[k] ?? 0)
    x.push(sum / (row[i] ?? 1))
  }
  return x
}

/** Solves L·Lᵀ·x = b. */
export function solve(L: Float64Array[], b: number[]): number[] {
  const x = forward(L, b)
  for (let i = x.length - 1; i >= 0; i--) {
    let sum = x[i] ?? 0
    for (let k = i + 1; k < x.length; k++) sum -= (L[k]?.[i] ?? 0) * (x[k] ?? 0)
    x[i] = sum / (L[i]?.[i] ?? 1)
  }
  return x
}

export function dot(a: number[], b: number[]): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0)
  return sum
}
