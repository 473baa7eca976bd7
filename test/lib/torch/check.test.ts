import { expect, test } from 'vitest'
import { refusal, type Tried } from '../../../scripts/lib/torch/check.ts'

const machine = {
  cards: [{ name: 'NVIDIA H100 80GB HBM3', driver: '550.54.15' }],
  capabilities: ['9.0'],
  platform: 'linux',
  arch: 'x64',
}
const facts = { torch: '2.13.0', tokenizers: '0.23.3', cuda: '13.0', hip: null, xpu: null }
const own = { path: '/n/trainer/.venv/bin/python', name: 'trainer/.venv' }
const named = { path: '/n/python', name: 'TRAINER_PYTHON=/n/python' }
const hide = 'With CUDA_VISIBLE_DEVICES=-1 set, the card is hidden and runs use the CPU.'

const noCard = (error: string): Tried => ({ error, kernels: [], cards: [] })

const tooOld =
  'The NVIDIA driver on your system is too old (found version 12040). Please update your GPU driver by downloading and installing a new version from the URL: http://www.nvidia.com/Download/index.aspx Alternatively, go to: https://pytorch.org to install a PyTorch version that has been compiled with your version of the CUDA driver.'
const noKernel =
  'CUDA error: no kernel image is available for execution on the device\nSearch for `cudaErrorNoKernelImageForDevice` in the CUDA documentation.\n'

test("a build for a newer driver is refused with torch's reason, without its advice", () => {
  const { message, advice } = refusal(own, facts, machine, noCard(tooOld), null)
  expect(message).toBe(
    'torch 2.13.0 for CUDA 13.0 in trainer/.venv does not see the card: The NVIDIA driver on your system is too old (found version 12040). nvidia-smi reports NVIDIA H100 80GB HBM3, driver 550.54.15.',
  )
  expect(advice).toBe(
    `Remove trainer/.venv and run it again: the build for this driver and card is installed then. ${hide}`,
  )
})

test('for TRAINER_PYTHON, the build to install and its index are named', () => {
  const cpu = { ...facts, torch: '2.13.0+cpu', cuda: null }
  const { message, advice } = refusal(named, cpu, machine, noCard('Torch not compiled with CUDA enabled'), null)
  expect(message).toContain(
    'torch 2.13.0 for CPUs in TRAINER_PYTHON=/n/python does not see the card: Torch not compiled with CUDA enabled.',
  )
  expect(advice).toContain('Install torch for CUDA 12.6 there, from https://download.pytorch.org/whl/cu126, or unset')
  const other = refusal(named, { ...facts, torch: '2.11.0' }, machine, noCard(tooOld), null)
  expect(other.advice).toContain('Install a build of torch there that fits driver and card')
})

test('a card without kernels is named, with what the build has kernels for and the cards that work', () => {
  const cards = [
    { name: 'NVIDIA H100 80GB HBM3', error: null },
    { name: 'NVIDIA TITAN Xp', error: noKernel },
  ]
  const mixed = {
    ...machine,
    capabilities: ['9.0', '6.1'],
    cards: cards.map(({ name }) => ({ name, driver: '580.95.05' })),
  }
  const tried = { error: null, kernels: ['sm_75', 'sm_90'], cards }
  const { message, advice } = refusal(own, facts, mixed, tried, ['4', '7'])
  expect(message).toBe(
    'torch 2.13.0 for CUDA 13.0 in trainer/.venv cannot use card 1, NVIDIA TITAN Xp: CUDA error: no kernel image is available for execution on the device (it has kernels for sm_75, sm_90). nvidia-smi reports NVIDIA H100 80GB HBM3, NVIDIA TITAN Xp, driver 580.95.05.',
  )
  expect(advice).toContain('Remove trainer/.venv')
  expect(advice).toContain('CUDA_VISIBLE_DEVICES=4 leaves it out.')
  expect(refusal(own, facts, mixed, tried, null).advice).toContain('CUDA_VISIBLE_DEVICES=0 leaves it out.')
})

test('a card in use, a driver without any build and a driver that does not answer each have their own advice', () => {
  const fit = { ...machine, cards: [{ name: 'NVIDIA H100', driver: '580.95.05' }] }
  const busy = { error: null, kernels: ['sm_90'], cards: [{ name: 'NVIDIA H100', error: 'CUDA error: out of memory' }] }
  expect(refusal(own, facts, fit, busy, null).advice).toBe(
    `End what uses the card, or name another card in CUDA_VISIBLE_DEVICES. ${hide}`,
  )
  const old = { ...machine, cards: [{ name: 'NVIDIA H100', driver: '470.223.02' }] }
  expect(refusal(own, facts, old, noCard(tooOld), null).advice).toBe(
    `The NVIDIA driver is 470.223.02, for NVIDIA H100. torch 2.13.0 needs 525.60.13 or later. Update the driver. ${hide}`,
  )
  const silent = noCard('CUDA unknown error - this may be due to an incorrectly set up environment')
  expect(refusal(own, facts, fit, silent, null).advice).toContain('Check that `nvidia-smi` works in the same place.')
})

test('escape sequences, further lines and places in the source of a reason are left out', () => {
  const { message } = refusal(
    own,
    facts,
    machine,
    noCard('\u001b[31mbroken\u001b[0m (Triggered internally at x.cpp:1.)\nmore'),
    null,
  )
  expect(message).toContain('does not see the card: broken. nvidia-smi')
})
