import { expect, test } from 'vitest'
import { gpuNamed } from '../../../scripts/record/gpu/choose.ts'
import { gpuFields, parseGpus } from '../../../scripts/record/gpu/parse.ts'
import { gpuLine } from '../../helpers/nvidiaSmi.ts'

const uuids = ['GPU-aaaa1111-0000', 'GPU-aaaa2222-0000']
const machine = (lines: string[]) => parseGpus(lines.join('\n'), gpuFields) ?? []
const alike = machine(uuids.map((uuid, i) => gpuLine({ index: String(i), uuid })))
const indexOf = (id: string, gpus = alike, order?: string) => gpuNamed(id, gpus, order)?.index ?? null

test('a slot names its GPU by index or by the beginning of its UUID', () => {
  expect([indexOf('0'), indexOf('1'), indexOf('2')]).toEqual([0, 1, null])
  expect([indexOf('GPU-aaaa2222-0000'), indexOf('GPU-aaaa1')]).toEqual([1, 0])
  // CUDA does not take one that fits several.
  expect([indexOf('GPU-aaaa'), indexOf('GPU-'), indexOf('other')]).toEqual([null, null, null])
})

test('an index is not believed where CUDA may count another way', () => {
  const mixed = machine([gpuLine({ index: '0', name: 'NVIDIA T400' }), gpuLine({ index: '1', uuid: 'GPU-b' })])
  expect([indexOf('0', mixed), indexOf('0', mixed, 'PCI_BUS_ID'), indexOf('GPU-b', mixed)]).toEqual([null, 0, 1])
  const split = machine(uuids.map((uuid, i) => gpuLine({ index: String(i), uuid }).replace('Disabled', 'Enabled')))
  expect([indexOf('0', split), indexOf('GPU-aaaa1111-0000', split)]).toEqual([null, 0])
})

test('a MIG device is found on the only GPU, or by its older name', () => {
  const id = 'MIG-9d9d9d9d-5555-6666-7777-888888888888'
  expect([indexOf(id), indexOf(id, alike.slice(1)), indexOf('MIG-GPU-aaaa2222-0000/1/0')]).toEqual([null, 1, 1])
})
