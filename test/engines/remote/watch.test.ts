import { expect, onTestFinished, test } from 'vitest'
import { createWatch } from '../../../scripts/engines/remote/watch.ts'

test('all who wait hear of a change, and of none that was there before', async () => {
  let found = 1
  const watch = createWatch(
    async () => found,
    each => `${each}`,
    () => 20,
  )
  onTestFinished(watch.close)
  await watch.latest()
  const heard = Array.from({ length: 3 }, () => watch.changed().then(() => found))
  found = 2
  expect(await Promise.all(heard)).toEqual([2, 2, 2])
  const later = watch.changed().then(() => 'changed')
  const looked = watch.again().then(() => 'looked')
  expect(await Promise.race([later, looked])).toBe('looked')
  watch.close()
  expect(await later).toBe('changed')
})
