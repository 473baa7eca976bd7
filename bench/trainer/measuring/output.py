"""Reads what the trainer, and karpathy/autoresearch's train.py, print."""

from __future__ import annotations

import math
import re
from pathlib import Path

from measuring.process import Ended

MODEL = r'model: ([^\n]*), windows (\d[\d-]*),[^\n]*?(torch\.\w+); batch: (\d+) × (\d+) × (\d+) tokens'
NUMBER = r'-?\d+(?:\.\d+)?(?:e[+-]?\d+)?'


def summary_block(text: str) -> dict[str, float]:
    """The numbers of the last `---` block, by name; empty when there is none."""
    _, mark, block = text.rpartition('\n---\n') if '\n---\n' in text else ('', '', '')
    found = re.findall(rf'^(\w+):\s+({NUMBER})$', block, re.MULTILINE) if mark else []
    return {name: float(value) for name, value in found}


def speed_of(ended: Ended, curve: Path) -> dict:
    """What a run of our train.py measured.

    Tokens a second come from the loss curve, whose times have three digits; the block's have one.
    """
    text = ended.text
    block = summary_block(text)
    if 'training_seconds' not in block:
        raise ValueError('it ended without a summary block')
    shape = re.search(MODEL, text)
    named = re.search(r'^preset (\w+):', text, re.MULTILINE)
    steps, seconds = block['num_steps'], block['training_seconds']
    tokens = 1e6 * block['total_tokens_M']
    batch = [int(n) for n in shape.group(4, 5, 6)] if shape else None
    if batch:
        smaller = re.findall(r'a step keeps its tokens, (\d+) × (\d+) × (\d+)', text)
        batch = [int(n) for n in smaller[-1]] if smaller else batch
        steps, seconds = last_of(curve) or (steps, seconds)
        tokens = steps * math.prod(batch)
    return {
        'tokens_per_second': tokens / seconds if seconds else None,
        'step_ms': 1000 * seconds / steps if steps else None,
        'mfu_percent': block.get('mfu_percent'),
        'mfu_causal_percent': block.get('mfu_causal_percent'),
        'peak_mb': block.get('peak_vram_mb'),
        'val_bpb': block.get('val_bpb'),
        'steps': int(block['num_steps']),
        'parameters_m': block.get('num_params_M'),
        'preset': named[1] if named else None,
        'model': shape[1] if shape else None,
        'windows': [int(window) for window in shape[2].split('-')] if shape else None,
        'dtype': shape[3] if shape else None,
        'batch': ' × '.join(map(str, batch)) if batch else None,
        'step_tokens': math.prod(batch) if batch else None,
        'row_tokens': batch[2] if batch else None,
        'compiled': 'not compiled: ' not in text,
        'overhead_s': ended.seconds - block['training_seconds'],
        'start_up': start_up_of(ended, block['training_seconds']),
    }


def last_of(curve: Path) -> tuple[int, float] | None:
    """Steps and seconds in the last line of a loss curve; None when there is no such line."""
    try:
        step, seconds, _ = curve.read_text('utf-8').strip().rpartition('\n')[2].split(',')
        return (int(step), float(seconds)) if float(seconds) > 0 else None
    except (OSError, ValueError):
        return None


def start_up_of(ended: Ended, training: float) -> dict[str, float]:
    """Seconds of the parts of a run besides training.

    From the trainer's `time:` line; without one, from when its lines came: up to the model, then compiling
    and warm-up, then what followed training. What no part has, the process's start and end, is `rest`.
    """
    said = re.search(r'^time: (.+)$', ended.text, re.MULTILINE)
    if said:
        named = re.findall(rf'([a-zA-Z][\w /-]*?) ({NUMBER}) s', said[1])
        parts = {name: float(seconds) for name, seconds in named if name != 'training'}
    else:
        came = {}
        for at, line in ended.lines:
            for start in ('preset ', 'step ', '---'):
                if line.startswith(start):
                    came.setdefault(start, (at, line))
        if len(came) < 3:
            return {}
        first_step = re.search(rf'({NUMBER}) s\s*$', came['step '][1])
        started = came['step '][0] - float(first_step[1] if first_step else 0)
        parts = {
            'import, data, model': came['preset '][0],
            'warm-up': max(started - came['preset '][0], 0.0),
            'evaluation': max(came['---'][0] - started - training, 0.0),
        }
    return parts | {'rest': max(ended.seconds - training - sum(parts.values()), 0.0)}


def karpathy_speed_of(ended: Ended, peak_flops: float | None) -> dict:
    """What a run of karpathy/autoresearch's train.py measured.

    His first 11 steps do not count, as in his budget; his own MFU counts one of them. MFU is therefore
    computed here, from his FLOPs of a token and the same peak as ours. Tokens a second are those that each
    step prints, whose last digit is one; total_tokens_M is rounded to 100,000.
    """
    text = ended.text
    block = summary_block(text)
    if 'training_seconds' not in block:
        raise ValueError('it ended without a summary block')
    line = re.compile(r'^step (\d+) \(.*?\| tok/sec: ([\d,]+)', re.MULTILINE)
    steps = {int(step): int(rate.replace(',', '')) for step, rate in line.findall(text)}
    counted = [1 / rate for step, rate in steps.items() if step > 10 and rate > 0]  # seconds of a token
    rate = len(counted) / sum(counted) if counted else None
    timed = block['num_steps'] - 11
    flops = re.search(rf'FLOPs per token: ({NUMBER})', text)
    mfu = 100 * rate * float(flops[1]) / peak_flops if rate and flops and peak_flops else None
    return {
        'tokens_per_second': rate,
        'step_ms': 1000 * block['training_seconds'] / timed if timed > 0 else None,
        'mfu_percent': mfu,
        'peak_mb': block.get('peak_vram_mb'),
        'val_bpb': block.get('val_bpb'),
        'steps': int(block['num_steps']),
        'parameters_m': block.get('num_params_M'),
        'overhead_s': ended.seconds - block['training_seconds'],
    }
