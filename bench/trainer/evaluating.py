"""What scoring by the evaluator costs, compared with scoring in the run's own process.

    python evaluating.py [--device cpu|cuda] [--rows 2560] [--times 3]

Both score the same synthetic rows by the preset's model, untrained, alternating in this process; the
evaluator is another process, as in a session. Prints a line of JSON: seconds, processor time and bits per
byte of each, and the machine's load.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

TRAINER = Path(__file__).parents[2] / 'trainer'
sys.path.insert(0, str(TRAINER))

import numpy as np  # noqa: E402
import torch  # noqa: E402

import evaluation  # noqa: E402
import prepare  # noqa: E402
import train  # noqa: E402


def main() -> None:
    """Measures, and prints a line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--device', default='cpu')
    parser.add_argument('--rows', type=int, default=2560)
    parser.add_argument('--times', type=int, default=3)
    wanted = parser.parse_args()
    device = torch.device(wanted.device)
    if device.type == 'cpu':
        train.keep_freed_memory()
    config = train.configure(train.PRESETS['cpu' if device.type == 'cpu' else train.choose_preset(device)])
    vocabulary = prepare.SMALL_VOCABULARY if device.type == 'cpu' else prepare.VOCABULARY
    torch.manual_seed(1)
    with device:
        model = train.GPT(config, vocabulary, train.compute_dtype(device)).eval()
        torch.nn.init.normal_(model.lm_head.weight, std=0.02)  # zero at first: all logits would be equal
    with tempfile.TemporaryDirectory(prefix='nightshift-evaluating-') as folder:
        data = synthetic(Path(folder), vocabulary, wanted.rows)
        rows = config.device_batch_size if device.type == 'cuda' else None
        own: Callable[[], dict[str, float]] = lambda: prepare.evaluate(model, data, device, rows)  # noqa: E731
        own()  # warm up
        sides: dict[str, list[dict[str, float]]] = {'own': [], 'evaluator': []}
        for _ in range(wanted.times):
            sides['own'].append(timed(own))
            sides['evaluator'].append(by_evaluator(Path(folder), own))
    ratios = [b['seconds'] / a['seconds'] for a, b in zip(*sides.values(), strict=True)]
    print(json.dumps({**sides, 'ratios': ratios, 'rows': wanted.rows, 'load': os.getloadavg()[0]}))


def synthetic(folder: Path, vocabulary: int, rows: int) -> prepare.Data:
    """Data with random rows of val, in a cache folder in which prepare.py and the evaluator find it."""
    text = folder / 'text'
    text.mkdir()
    (text / 'a.txt').write_text('no text is read')
    os.environ |= {'NIGHTSHIFT_CACHE': str(folder / 'cache'), 'NIGHTSHIFT_DATA': f'folder:{text}'}
    corpus = prepare.open_corpus(os.environ['NIGHTSHIFT_DATA'], prepare.cache_root())
    path = prepare.cache_root() / f'{corpus.name}-{prepare.cache_key(corpus, vocabulary)}'
    context = prepare.evaluation_shape(vocabulary)[0]
    chance = np.random.default_rng(1)
    # Few tokens are frequent, as in text.
    tokens = (1 + (vocabulary - 1) * chance.random((rows, context + 1)) ** 3).astype('<u2')
    contents = {
        'train.u16': tokens[:1].tobytes(),
        'token_bytes.u16': np.r_[0, np.full(vocabulary - 1, 3)].astype('<u2').tobytes(),
        'val.u16': tokens.tobytes(),
        'holdout.u16': tokens[:1].tobytes(),
    }
    path.mkdir(parents=True)
    digests = {name: prepare.write(path / name, content) for name, content in contents.items()}
    prepare.move_held_out(path)
    sizes = {split: len(contents[f'{split}.u16']) // 2 for split in ('train', 'val', 'holdout')}
    facts = {'name': corpus.name, 'vocabulary': vocabulary, 'context': context}
    (path / 'meta.json').write_text(json.dumps({**facts, 'tokens': sizes, 'digests': digests}))
    found = prepare.read_prepared(path, vocabulary)
    assert found is not None
    return found


def timed(evaluate: Callable[[], dict[str, float]]) -> dict[str, float]:
    """Wall and processor seconds of an evaluation, and its score."""
    evaluation.measured_before = False
    started, used = time.perf_counter(), time.process_time()
    score = evaluate()['val_bpb']
    return {
        'seconds': time.perf_counter() - started,
        'processor': time.process_time() - used,
        'val_bpb': score,
    }


def by_evaluator(folder: Path, evaluate: Callable[[], dict[str, float]]) -> dict[str, float]:
    """The same by an evaluator of its own, whose processor time is added."""
    ours, theirs = socket.socketpair()
    record = folder / 'eval.json'
    variables = {'NIGHTSHIFT_EVAL': str(record), 'NIGHTSHIFT_SECRET': '00' * 16}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen(
        [sys.executable, 'evaluator.py'],
        cwd=TRAINER,
        env={**os.environ, **variables, 'NIGHTSHIFT_EVALUATOR': str(theirs.fileno())},
        pass_fds=[theirs.fileno()],
    )
    theirs.close()
    idle_since(process.pid)
    os.environ['NIGHTSHIFT_EVALUATOR'] = str(ours.fileno())
    try:
        found = timed(evaluate)
    finally:
        del os.environ['NIGHTSHIFT_EVALUATOR']
    ours.close()
    if process.wait():
        raise SystemExit(process.returncode)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {**found, 'evaluator_processor': used}


def idle_since(pid: int) -> None:
    """Waits until a process has used no processor time for a second, as it has while a run trains."""
    stat = Path(f'/proc/{pid}/stat')
    used, since = '', time.perf_counter()
    while time.perf_counter() - since < 1:
        time.sleep(0.1)
        if (now := stat.read_text().split()[13]) != used:
            used, since = now, time.perf_counter()


if __name__ == '__main__':
    main()
