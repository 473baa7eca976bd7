/**
 * For the fault tests: NIGHTSHIFT_FAILPOINT=name:n kills this process with SIGKILL at the n-th call of failpoint(name).
 * Without the variable a call costs one string comparison.
 */
const [wanted = '', count = '1'] = (process.env.NIGHTSHIFT_FAILPOINT ?? '').split(':')
let left = Number(count)

export function failpoint(name: string): void {
  if (name === wanted && --left === 0) process.kill(process.pid, 'SIGKILL')
}
