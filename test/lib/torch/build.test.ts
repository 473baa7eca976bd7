import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Failure } from '../../../scripts/lib/errors.ts'
import { notebook } from '../../../scripts/lib/paths.ts'
import { chooseBuild, indexOf, pinnedTorch } from '../../../scripts/lib/torch/build.ts'

/** A Linux machine with one kind of card. */
const machine = (driver: string | null, capabilities: string[] = [], arch = 'x64') => ({
  cards: [{ name: 'NVIDIA Card', driver }],
  capabilities,
  platform: 'linux',
  arch,
})

const choose = (...of: Parameters<typeof machine>) => chooseBuild('2.13.0', machine(...of))

test('the pinned torch has a table of builds', async () => {
  const torch = pinnedTorch(await readFile(join(notebook, 'trainer/requirements.txt'), 'utf8'))
  expect(torch).toMatch(/^\d+\.\d+\.\d+$/)
  expect(chooseBuild(torch, machine('580.65.06'))).toMatchObject({ onPypi: true })
})

test.each([
  ['580', '13.0'],
  ['580.65.06', '13.0'],
  ['581.29', '13.0'],
  ['1000.1', '13.0'],
  [null, '13.0'],
  ['[N/A]', '13.0'],
  ['579.99', '12.6'],
  ['550.54.15', '12.6'],
  ['525.60.13', '12.6'],
  ['525.60.13.01', '12.6'],
])('driver %s takes the build for CUDA %s', (driver, cuda) => {
  expect(choose(driver)).toMatchObject({ cuda, becauseOfCard: false })
})

test.each(['525.60.12', '525', '470.223.02'])('driver %s is too old for any build', driver => {
  const failure = choose(driver) as Failure
  expect(failure).toBeInstanceOf(Failure)
  expect(failure.message).toBe(
    `The NVIDIA driver is ${driver}, for NVIDIA Card. torch 2.13.0 needs 525.60.13 or later.`,
  )
  expect(failure.advice).toContain('Update the driver.')
})

test('a card that the newest build has no kernels for takes an older one', () => {
  expect(choose('580.95.05', ['7.0'])).toMatchObject({ tag: 'cu126', becauseOfCard: true })
  expect(choose('580.95.05', ['6.1', '6.1'])).toMatchObject({ tag: 'cu126', becauseOfCard: true })
  expect(choose('580.95.05', ['7.5'])).toMatchObject({ tag: 'cu130', becauseOfCard: false })
  expect(choose('580.95.05', ['13.0'])).toMatchObject({ tag: 'cu130', becauseOfCard: false })
})

test('of several cards all count, and one where no build has kernels for all', () => {
  expect(choose('580.95.05', ['7.0', '9.0'])).toMatchObject({ tag: 'cu126' })
  expect(choose('580.95.05', ['7.0', '12.0'])).toMatchObject({ tag: 'cu130' })
})

test('a card whose kernels need a newer driver, or that no build has kernels for, is an error', () => {
  const blackwell = choose('570.86.10', ['10.0']) as Failure
  expect(blackwell.message).toBe(
    'No build of torch 2.13.0 has kernels for NVIDIA Card (compute capability 10.0) and runs with its driver 570.86.10.',
  )
  expect(blackwell.advice).toContain('Update the driver to 580 or later.')
  const kepler = choose('580.95.05', ['3.5']) as Failure
  expect(kepler.message).toBe('No build of torch 2.13.0 has kernels for NVIDIA Card (compute capability 3.5).')
  expect(kepler.advice).toContain('Use another card.')
})

test('aarch64 has the same builds with fewer kernels', () => {
  expect(choose('550.54.15', ['9.0'], 'arm64')).toMatchObject({ tag: 'cu126' })
  expect(choose('580.95.05', ['9.0'], 'arm64')).toMatchObject({ tag: 'cu130', onPypi: true })
  expect(choose('580.95.05', ['7.2'], 'arm64')).toBeInstanceOf(Failure)
})

test('the installer chooses without a card, elsewhere than on Linux, and for another torch', () => {
  expect(chooseBuild('2.13.0', { ...machine('580'), cards: [] })).toBeNull()
  expect(chooseBuild('2.13.0', { ...machine('470'), platform: 'darwin' })).toBeNull()
  expect(chooseBuild('2.13.0', { ...machine('470'), arch: 'ppc64' })).toBeNull()
  expect(chooseBuild('2.99.0', machine('470'))).toBeNull()
  expect(chooseBuild(null, machine('470'))).toBeNull()
})

test('only an exact version is a pin', () => {
  expect(pinnedTorch('numpy==2.2.6\ntorch==2.13.0\n')).toBe('2.13.0')
  expect(pinnedTorch('torch>=2.9\n')).toBeNull()
  expect(pinnedTorch('torchvision==0.28.0\npyarrow==26.0.1\n')).toBeNull()
})

test('the index is that of the build', () => {
  const build = choose('550.54.15')
  expect(build && !(build instanceof Failure) && indexOf(build)).toBe('https://download.pytorch.org/whl/cu126')
})
