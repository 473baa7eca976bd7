import { expect, test } from 'vitest'
import { listedGpus } from '../../../scripts/lib/torch/nvidia.ts'

test.each([
  [undefined, null],
  ['', []],
  ['-1', []],
  // Slurm, for a job without GPUs.
  ['NoDevFiles', []],
  ['0', ['0']],
  [' 2 , 0 ', ['2', '0']],
  ['0,-1,1', ['0']],
  ['0,,1', ['0']],
  ['1,', ['1']],
  ['GPU-5d5d', ['GPU-5d5d']],
  ['MIG-GPU-5d5d/1/0,MIG-7e7e', ['MIG-GPU-5d5d/1/0', 'MIG-7e7e']],
])('CUDA_VISIBLE_DEVICES=%s lists %j', (visible, listed) => {
  expect(listedGpus(visible)).toEqual(listed)
})
