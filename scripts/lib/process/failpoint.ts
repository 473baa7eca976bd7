/**
 * For the fault tests alone: NIGHTSHIFT_FAILPOINT=name:n kills this process, as a power cut would, the n-th time it
 * comes by that name. Without the variable it costs a comparison.
 */
const [wanted = '', count = '1'] = (process.env.NIGHTSHIFT_FAILPOINT ?? '').split(':')
let left = Number(count)

export function failpoint(name: string): void {
  if (name === wanted && --left === 0) process.kill(process.pid, 'SIGKILL')
}
