"""A run of train.py that is looked into: where a step goes, and the evaluation.

python inside.py TRAINER [NAME=VALUE…]

The trainer runs as it is, by its run(), but for constants that are given. The optimizer's step tells where
each step ends: it is wrapped, and so is the evaluation. NIGHTSHIFT_STEPS has to be 14 or more. Prints a line
`inside: {…}` of JSON whenever something was found, so that a run that is stopped has told what it had; the
last counts.
"""

import contextlib
import dataclasses
import hashlib
import json
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, sys.argv[1])

import torch
from torch.profiler import ProfilerActivity, profile

import prepare
import train

# Calls of the optimizer's step, warm-up included: those timed without the profiler, then those profiled.
TIMED, PROFILED = range(6, 10), range(10, 13)

found: dict = {'kernels': [], 'profiled_steps': 0}
kernels: dict[tuple[str, str], list[float]] = {}  # (phase, name): milliseconds, calls


def main() -> int:
    """Runs the trainer; the exit code is its own. What was found is printed in any case."""
    for argument in sys.argv[2:]:
        name, _, value = argument.partition('=')
        setattr(train, name, json.loads(value))
    watch = Watch()
    train.MuonAdamW.step = watch.wrapped(train.MuonAdamW.step)
    prepare.evaluate = timed_evaluation(prepare.evaluate)
    try:
        return prepare.guarded(train.run)
    finally:
        with contextlib.suppress(Exception):
            watch.stop()
        tell()


def tell() -> None:
    """Prints what was found up to now; kernels as milliseconds and calls of a step."""
    steps = max(found['profiled_steps'], 1)
    found['kernels'] = [
        {'phase': phase, 'name': name[:300], 'ms': ms / steps, 'calls': calls / steps}
        for (phase, name), (ms, calls) in kernels.items()
    ]
    print(f'inside: {json.dumps(found)}', flush=True)


def wait() -> None:
    """Waits for the device to finish its queued work."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


class Watch:
    """Counts the optimizer's steps; times some, and profiles others in two phases: `pass` and `optimizer`."""

    def __init__(self) -> None:
        self.calls, self.since = 0, 0.0
        self.profiling: tuple[str, profile] | None = None

    def wrapped(self, step):
        """The optimizer's step, watched. What fails in the watching is reported and does not fail the run."""

        def watched(optimizer, *args, **named):
            self.calls += 1
            self.guarded(self.before)
            result = step(optimizer, *args, **named)
            self.guarded(self.after)
            return result

        return watched

    def guarded(self, call) -> None:
        """Calls; an error is kept as `failed`, once, and ends the watching."""
        if 'failed' in found:
            return
        try:
            call()
        except Exception as error:
            traceback.print_exc()
            found['failed'] = f'{type(error).__name__}: {error}'.splitlines()[0]

    def before(self) -> None:
        """The end of a step's forward and backward passes."""
        self.stop()
        if self.calls in PROFILED:
            found['profiled_steps'] += 1
            self.start('optimizer')

    def after(self) -> None:
        """The end of a step."""
        self.stop()
        if self.calls == PROFILED[-1]:
            tell()
        if self.calls in (TIMED[0], TIMED[-1]):
            wait()
            now = time.perf_counter()
            if self.calls == TIMED[-1]:
                found['step_ms'] = 1000 * (now - self.since) / (len(TIMED) - 1)
            self.since = now
        if self.calls + 1 in PROFILED:
            self.start('pass')

    def start(self, phase: str) -> None:
        """Starts profiling a phase."""
        wait()
        cuda = torch.cuda.is_available()
        self.profiling = (
            phase,
            profile(activities=[ProfilerActivity.CUDA if cuda else ProfilerActivity.CPU]),
        )
        self.profiling[1].start()

    def stop(self) -> None:
        """Ends profiling, if it is on, and adds what ran on the device: kernels, or operations on a CPU."""
        if self.profiling is None:
            return
        wait()
        (phase, profiler), self.profiling = self.profiling, None
        profiler.stop()
        cuda = torch.cuda.is_available()
        for event in profiler.key_averages():
            on_host = event.device_type == torch.autograd.DeviceType.CPU
            if on_host == cuda or getattr(event, 'is_user_annotation', False):
                continue
            us = event.self_device_time_total if cuda else event.self_cpu_time_total
            into = kernels.setdefault((phase, event.key), [0.0, 0])
            into[0] += us / 1000
            into[1] += event.count


def timed_evaluation(evaluate):
    """The evaluation, timed; after it, one of as many rows as there can be, as the default data has few."""

    def timed(model, data, device, *args, **named):
        wait()
        started = time.perf_counter()
        measured = evaluate(model, data, device, *args, **named)
        wait()
        context, rows = prepare.evaluation_shape(data.vocabulary)
        found['evaluation'] = {
            'seconds': time.perf_counter() - started,
            'rows': data.tokens['val'] // (context + 1),
        }
        tell()
        if found['evaluation']['rows'] >= rows:
            return measured
        try:
            with whole(data, context, rows) as larger:
                started = time.perf_counter()
                evaluate(model, larger, device, *args, **named)
                wait()
                found['evaluation'] |= {
                    'most_rows': rows,
                    'most_rows_seconds': time.perf_counter() - started,
                }
        except Exception as error:
            traceback.print_exc()
            found['evaluation']['failed'] = f'{type(error).__name__}: {error}'.splitlines()[0]
        return measured

    return timed


@contextlib.contextmanager
def whole(data: prepare.Data, context: int, rows: int) -> Iterator[prepare.Data]:
    """The data with `rows` rows of the train split, repeated if need be, as its val."""
    import numpy as np

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table = (data.path / 'token_bytes.u16').read_bytes()
        tokens = np.resize(
            np.asarray(data.split('train').tokens[: rows * (context + 1)]), rows * (context + 1)
        )
        contents = {'token_bytes.u16': table, 'val.u16': tokens.astype('<u2').tobytes()}
        for file, content in contents.items():
            (folder / file).write_bytes(content)
        digests = {file: hashlib.sha256(content).hexdigest() for file, content in contents.items()}
        yield dataclasses.replace(
            data, path=folder, digests=digests, tokens={**data.tokens, 'val': rows * (context + 1)}
        )


if __name__ == '__main__':
    sys.exit(main())
