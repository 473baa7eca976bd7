"""The parts of the table of five minutes, in the order in which they run."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from measuring import trainer
from measuring.schedule import Failed, Part, Results
from measuring.trainer import TRAINER, Machine, Wanted

NAMES = ('data', 'search', 'cold', 'warm', 'inside', 'karpathy', 'half', 'quarter', 'presets', 'plain')

# karpathy/autoresearch's shape; the short windows are half the context in his.
SHAPE = {'DEPTH': 8, 'ASPECT_RATIO': 64, 'HEAD_DIM': 128, 'MAX_SEQ_LEN': 2048, 'WINDOW_PATTERN': 'SSSL'}
SHAPE |= {'TOTAL_BATCH_SIZE': 2**19}  # rows of a pass as the preset has them: the step is the same

PRESETS = {'24gb': ('24gb', False), '8gb': ('8gb', False), '8gb, fp32': ('8gb', True)}


def all_parts(machine: Machine, results: Results, checkout: Path | None) -> list[Part]:
    """Every part; karpathy's only with a checkout. In `results` a part finds what earlier ones found."""
    small = machine.device == 'cpu'  # to try the script: a second of training instead
    seconds = (lambda _: 1.0) if small else float

    def data(limit: float) -> dict:
        started = time.monotonic()
        machine.run('data', [TRAINER / 'prepare.py'], machine.environment('main'), TRAINER, limit)
        return {'seconds': time.monotonic() - started}

    def search(limit: float) -> dict:
        return trainer.search(machine, limit)

    def cold(limit: float) -> dict:
        if machine.has_caches('main'):
            raise Failed('the compile caches are not empty')
        return trainer.train(machine, 'cold', Wanted(seconds(4)), limit)

    def warm(limit: float) -> dict:
        if 'cold' not in results.found:  # fills the caches
            trainer.train(machine, 'filling', Wanted(1, steps=1), limit / 2)
            limit /= 2
        return trainer.train(machine, 'warm', Wanted(seconds(15)), limit)

    def windows(name: str, ratio: float, budget: float):
        def run(limit: float) -> dict:
            ours = results.found.get('warm', {})
            short = round(2048 * ratio)
            his = {'model': 'n_layer 8, n_embd 512, n_head 4', 'windows': [short, short, short, 2048] * 2}
            his |= {'step_tokens': 2**19, 'row_tokens': 2048}
            if ours | his == ours:
                return {**ours, 'same_as': 'warm'}
            constants = {**({'WINDOW_PATTERN': 'SL'} if small else SHAPE), 'SHORT_WINDOW_RATIO': ratio}
            return trainer.train(machine, name, Wanted(seconds(budget), constants=constants), limit)

        return run

    def presets(limit: float) -> dict:
        def one(name: str) -> dict:
            preset, fp32 = PRESETS[name]
            wanted = Wanted(4, caches=name, preset=preset, fp32=fp32)
            try:
                return trainer.train(machine, f'preset {name}', wanted, limit)
            except Failed as error:
                return {'failed': str(error)}

        if not machine.on_cuda:
            raise Failed('needs CUDA')
        with ThreadPoolExecutor(len(PRESETS)) as pool:
            return dict(zip(PRESETS, pool.map(one, PRESETS), strict=True))

    def karpathy(limit: float) -> dict:
        return trainer.karpathy(machine, 'karpathy', checkout, seconds(15), 0, limit)

    wanted = [
        Part('data', 'data, tokenized', 5, 120, data),
        Part('search', 'search for attention kernels, before the first run', 20, 150, search),
        Part('cold', 'our preset, empty compile caches', 20, 150, cold),
        Part('warm', 'our preset again, warm', 30, 120, warm),
        Part('inside', 'our preset, profiled', 15, 90, lambda limit: trainer.look_inside(machine, limit)),
        Part('karpathy', "karpathy's train.py", 50, 150, karpathy),
        Part('half', 'his shape, short windows of half the context', 20, 100, windows('half', 0.5, 8)),
        Part('quarter', 'his shape, of a quarter', 20, 100, windows('quarter', 0.25, 8)),
        Part('presets', 'presets 24gb, 8gb and 8gb in fp32, at once', 40, 120, presets),
        Part(
            'plain', 'plain PyTorch model', 20, 100, lambda limit: trainer.plain(machine, seconds(6), limit)
        ),
    ]
    return [part for part in wanted if checkout or part.name != 'karpathy']
