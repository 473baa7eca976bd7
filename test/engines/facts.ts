/** Facts of a node with one H200, which lacks nothing. */
import type { Facts } from '../../scripts/engines/facts.ts'

export const factsOf = (changes: Partial<Facts> = {}): Facts => ({
  node: 'n1',
  runnerPython: '3.10.2',
  home: '/home/ana',
  user: 'ana',
  clock: 1_000_000,
  os: 'Linux 6.1.0',
  arch: 'x64',
  cpu: 'AMD EPYC',
  cores: 16,
  memoryMb: 128_000,
  gpus: [{ name: 'NVIDIA H200', driver: '580.1' }],
  freeBytes: 5e11,
  rootError: null,
  isShared: null,
  missing: [],
  pythonFolder: null,
  python: {
    path: '/usr/bin/python',
    isNamed: true,
    version: '3.12.1',
    folders: ['/usr'],
    torch: '2.9.0',
    devices: 1,
    why: null,
  },
  sandbox: {
    mechanism: 'bubblewrap',
    program: '/usr/bin/bwrap',
    options: ['/usr/bin/perl'],
    holds: { signals: true, processes: true, network: true, temporary: true },
  },
  sandboxWhy: [],
  env: { PATH: '/usr/bin', HOME: '/home/ana' },
  ...changes,
})
