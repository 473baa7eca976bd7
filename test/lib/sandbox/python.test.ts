/** What a training program needs works inside: torch's compiler, processes that share memory, virtual environments. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { notebook } from '../../../scripts/lib/paths.ts'
import { findSandbox, type Mechanism, type Sandbox } from '../../../scripts/lib/sandbox/sandbox.ts'
import { eachSandbox, isOldForm, type Setting } from './inside.ts'

const python = process.env.TRAINER_PYTHON ?? join(notebook, 'trainer/.venv/bin/python')

const compiled = `
import os, torch
assert torch.compile(lambda x: x.sin() + 1)(torch.zeros(8)).sum() == 8
assert any(files for _, _, files in os.walk(os.environ['TORCHINDUCTOR_CACHE_DIR']))
print('compiled')
`

const shared = `
import multiprocessing, multiprocessing.shared_memory, tempfile, torch
from torch.utils.data import DataLoader, TensorDataset

def double(x):
    return 2 * x

if __name__ == '__main__':
    with multiprocessing.get_context('spawn').Pool(2) as pool:
        print(pool.map(double, [1, 2]))
    with multiprocessing.Manager() as manager:
        print(list(manager.list([3])))
    block = multiprocessing.shared_memory.SharedMemory(create=True, size=1000)
    block.buf[0] = 5
    again = multiprocessing.shared_memory.SharedMemory(block.name)
    print(again.buf[0])
    again.close()
    block.close()
    block.unlink()
    loader = DataLoader(TensorDataset(torch.arange(4)), batch_size=2, num_workers=2)
    print([batch[0].tolist() for batch in loader])
    with tempfile.NamedTemporaryFile() as file:
        print(file.name != '')
`

const linked = `
  ${python} -m venv --without-pip made && made/bin/python -c 'import sys; print(sys.prefix != sys.base_prefix)'
  mkdir -p uv/bin uv/lib && ln -s "$(readlink -f ${python})" uv/bin/python
  printf 'home = %s\\n' "$(dirname "$(readlink -f ${python})")" > uv/pyvenv.cfg
  uv/bin/python -c 'import sys; print(sys.prefix.endswith("uv"))'
`

const { sandbox: best } = await findSandbox()
const mechanisms: Mechanism[] = ['bubblewrap', 'namespaces', 'landlock', 'seatbelt']
// Another user may not reach this one's Python. Forms for older machines differ in nothing that matters here.
const isIn = (sandbox: Sandbox, user: number) => user === process.getuid?.() && !isOldForm(sandbox)

function define({ run, sandbox }: Setting): void {
  // In the one that runs get: it takes 15 s.
  const ofRuns = sandbox.mechanism === best?.mechanism ? [sandbox.mechanism] : []
  test.for(ofRuns)('torch compiles into a folder that it may write to', { timeout: 180_000 }, async () => {
    const { stdout, stderr, code } = await run(
      `TORCHINDUCTOR_CACHE_DIR="$PWD/kernels" ${python} -c "${compiled.replaceAll('"', '\\"')}"`,
    )
    expect({ stdout, code }, stderr).toEqual({ stdout: 'compiled', code: 0 })
  })

  test('processes share memory, queues and temporary files', { timeout: 120_000 }, async () => {
    const { stdout, stderr } = await run(`cat > shared.py <<'END'${shared}END\n${python} shared.py`)
    expect(stdout, stderr).toBe('[2, 4]\n[3]\n5\n[[0, 1], [2, 3]]\nTrue')
  })

  test('virtual environments are made and used, those of links as well', async () => {
    const { stdout, stderr } = await run(linked)
    expect(stdout, stderr).toBe('True\nTrue')
  })
}

await eachSandbox(mechanisms, define, isIn)
