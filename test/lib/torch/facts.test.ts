import { expect, test } from 'vitest'
import { torchName } from '../../../scripts/lib/torch/facts.ts'

const facts = { torch: '2.13.0', tokenizers: '0.23.3', cuda: null, hip: null, xpu: null }

test('a build is named by what it was built for', () => {
  expect(torchName({ ...facts, cuda: '13.0' }, 'linux')).toBe('torch 2.13.0 for CUDA 13.0')
  expect(torchName({ ...facts, torch: '2.13.0+cu126', cuda: '12.6' }, 'linux')).toBe('torch 2.13.0 for CUDA 12.6')
  expect(torchName({ ...facts, torch: '2.13.0+cpu' }, 'linux')).toBe('torch 2.13.0 for CPUs')
  expect(torchName({ ...facts, torch: '2.13.0+rocm7.2', hip: '7.2' }, 'linux')).toBe('torch 2.13.0 for ROCm 7.2')
  expect(torchName({ ...facts, torch: '2.13.0+xpu', xpu: '20260000' }, 'linux')).toBe('torch 2.13.0 for Intel GPUs')
  expect(torchName({ ...facts, torch: '2.10.0a0+b558c98.nv', cuda: '13.0' }, 'linux')).toBe(
    'torch 2.10.0a0+b558c98.nv for CUDA 13.0',
  )
})

test('on macOS, where a build has both CPU and MPS, the version is all that is said', () => {
  expect(torchName(facts, 'darwin')).toBe('torch 2.13.0')
})
