"""val_bpb after a minute of training: ours and karpathy/autoresearch's, in turn, on the same data."""

from __future__ import annotations

import importlib.util
import shutil
import sysconfig
from pathlib import Path

from measuring import trainer
from measuring.schedule import Part
from measuring.trainer import TRAINER, Machine, Wanted

BUDGET = 60.0
TEXT = 10**8  # bytes; the default data would be read 40 times


def loss_parts(machine: Machine, checkout: Path | None, seeds: list[int], has_data: bool) -> list[Part]:
    """The data, then a run of each side for each seed, sides in ABBA order; karpathy's only with a checkout.

    `has_data`: the data is chosen by NIGHTSHIFT_DATA. Else it is the Python source that is installed.
    """
    budget = 1.0 if machine.device == 'cpu' else BUDGET
    variables = {} if has_data else {'NIGHTSHIFT_DATA': f'folder:{machine.work / "text"}'}
    machine.variables |= variables

    def data(limit: float) -> dict:
        copied = None if has_data else copy_source(machine.work / 'text', TEXT // (50 if budget < 60 else 1))
        machine.run('data', [TRAINER / 'prepare.py'], machine.environment('main'), TRAINER, limit)
        said = machine.logs['data'].strip().splitlines()[-2:]  # name, fingerprint and folder; tokens
        return {'bytes': copied, 'said': [line.partition(' in /')[0] for line in said]}

    def ours(seed: int) -> Part:
        def run(limit: float) -> dict:
            return trainer.train(machine, f'ours {seed}', Wanted(budget, seed), limit)

        return Part(f'ours {seed}', f'train.py, {budget:.0f} s', budget + 15, budget + 150, run)

    def his(seed: int) -> Part:
        def run(limit: float) -> dict:
            return trainer.karpathy(machine, f'his {seed}', checkout, budget, seed, limit)

        return Part(f'his {seed}', f"karpathy's train.py, {budget:.0f} s", budget + 15, budget + 150, run)

    parts = [Part('data', 'data, tokenized', 10, 180, data)]
    for i, seed in enumerate(seeds):
        pair = [ours(seed), his(seed)] if checkout else [ours(seed)]
        parts += pair if i % 2 == 0 else pair[::-1]
    return parts


def copy_source(into: Path, size: int) -> int:
    """Copies installed .py files, up to `size` bytes in the order of their paths; returns the bytes."""
    copied = 0
    into.mkdir(parents=True, exist_ok=True)
    torch = importlib.util.find_spec('torch')
    roots = [Path(torch.origin).parents[1]] if torch and torch.origin else []
    for number, root in enumerate([*roots, Path(sysconfig.get_path('stdlib'))]):
        for path in sorted(root.rglob('*.py')):
            nested = {'site-packages', 'dist-packages'} & set(path.relative_to(root).parts)
            if copied >= size or nested or path.is_symlink() or not path.is_file():
                continue
            target = into / f'{number}' / path.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            copied += target.stat().st_size
    return copied
