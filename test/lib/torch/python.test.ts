/** The two scripts that ask an interpreter, run by a real Python with a fake torch. */
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { notebook } from '../../../scripts/lib/paths.ts'
import { scratch, write } from '../../helpers/throwaway.ts'

/** @param script of scripts/lib/torch @param files of a folder that is on the interpreter's path */
async function ask(script: string, files: Record<string, string>): Promise<unknown> {
  const root = await scratch()
  await write(root, files)
  const env = { PYTHONPATH: root, PYTHONDONTWRITEBYTECODE: '1' }
  const { stdout } = await execa('python3', [join(notebook, 'scripts/lib/torch', script)], { env })
  return JSON.parse(stdout)
}

/** A torch of two cards; `fails` is Python that runs before a sum on a device. */
const torch = (available: boolean, fails = '') => ({
  'torch/__init__.py': `
class Sum:
    def __add__(self, other): return self
    def item(self): return 2

def ones(count, device):
    ${fails || 'pass'}
    return Sum()

from . import cuda
`,
  'torch/cuda.py': `
import warnings
def is_available():
    warnings.warn('CUDA initialization: no driver')
    return ${available ? 'True' : 'False'}
def device_count(): return 2
def get_device_name(i): return ['NVIDIA H100', 'NVIDIA TITAN Xp'][i]
def get_arch_list(): return ['sm_75', 'sm_90']
def synchronize(device): pass
`,
})

test('each card is tried', async () => {
  expect(await ask('tryCards.py', torch(true))).toEqual({
    error: null,
    kernels: ['sm_75', 'sm_90'],
    cards: [
      { name: 'NVIDIA H100', error: null },
      { name: 'NVIDIA TITAN Xp', error: null },
    ],
  })
})

test('a kernel that fails on one card is the error of that card', async () => {
  const fails = "if device == 'cuda:1': raise RuntimeError('CUDA error: no kernel image')"
  expect(await ask('tryCards.py', torch(true, fails))).toMatchObject({
    error: null,
    cards: [{ error: null }, { error: 'CUDA error: no kernel image' }],
  })
})

test('without a card, the error is what torch says when it is asked to use one', async () => {
  const fails = "raise AssertionError('Torch not compiled with CUDA enabled')"
  expect(await ask('tryCards.py', torch(false, fails))).toEqual({
    error: 'Torch not compiled with CUDA enabled',
    kernels: [],
    cards: [],
  })
  expect(await ask('tryCards.py', torch(false))).toMatchObject({ error: 'torch.cuda.is_available() is False' })
})

test('a torch that cannot be imported is an error with its type', async () => {
  const broken = { 'torch/__init__.py': "raise OSError('libcudart.so.13: cannot open shared object file')\n" }
  expect(await ask('tryCards.py', broken)).toMatchObject({
    error: 'OSError: libcudart.so.13: cannot open shared object file',
  })
})

test('versions and build are read without importing torch', async () => {
  const files = {
    'torch/__init__.py': "raise OSError('imported')\n",
    'torch/version.py': "from typing import Optional\ncuda: Optional[str] = '12.6'\nhip: Optional[str] = None\n",
    'torch-2.13.0+cu126.dist-info/METADATA': 'Metadata-Version: 2.1\nName: torch\nVersion: 2.13.0+cu126\n',
    'tokenizers-0.23.3.dist-info/METADATA': 'Metadata-Version: 2.1\nName: tokenizers\nVersion: 0.23.3\n',
  }
  expect(await ask('describe.py', files)).toEqual({
    torch: '2.13.0+cu126',
    tokenizers: '0.23.3',
    cuda: '12.6',
    hip: null,
    xpu: null,
  })
})
