import { expect, test } from 'vitest'
import { readStatus } from '../../scripts/status/readStatus.ts'
import { statusText } from '../../scripts/status/screen.ts'
import { h100Session } from '../helpers/h100Session.ts'

test('the status of a session of an older version has its result, in 80 columns', async () => {
  const status = await readStatus(h100Session)
  const lines = statusText(status, { columns: 80 }).split('\n')
  expect(lines.filter(line => line.length > 80)).toEqual([])
  const text = lines.join('\n').replaceAll(/\n {12}/g, ' ')
  // 02:42:12.813 to 02:46:08.100.
  expect(text).toMatch(/^session +2026-11-27-h100-80gb-nslg-h100 {2}ended \(experiments\) {2}3 min 55 s$/m)
  expect(text).toMatch(
    /^result +Not confirmed yet: val_bpb 1\.4035 → 1\.1287 on at least 1 new seed\. 1 of 4 confirmation runs was interrupted\. Holdout: inconclusive\.$/m,
  )
  // Its digest is of another schema, but its report is written: the next step is not to write it.
  expect(text).toMatch(/^next +Finish it \(about 10 min\): npx pnpm confirm 2026-11-27-h100-80gb-nslg-h100 --seeds 9$/m)
  // The seven runs took 227.2 s of 235.3 s. They trained for about a quarter of that time, so no word of a busy GPU.
  expect(text).toMatch(
    /^counts +2 experiments, 2 kept, 0 crashed, best single run 1\.1146, runs filled 97% of the time$/m,
  )
  expect(lines.slice(-3)).toEqual([
    '0000  keep        1.406709            baseline',
    '0001  keep        1.336987   −0.0697  LEARNING_RATE 0.04 → 0.08',
    '0002  keep        1.114616   −0.2224  BATCH_SCALE 1.0 → 0.5',
  ])
})
