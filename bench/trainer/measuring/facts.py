"""A process that prints what this machine has, as a line `facts: {…}` of JSON.

python facts.py TRAINER
"""

import importlib.util
import json
import os
import platform
import sys
import time

started = time.perf_counter()
import torch  # noqa: E402

imported = time.perf_counter() - started


def main() -> None:
    """Prints the facts; what cannot be found is None."""
    cuda = torch.cuda.is_available()
    facts = {
        'torch': torch.__version__,
        'cuda': torch.version.cuda if cuda else None,
        'python': platform.python_version(),
        'cores': len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count(),
        'device': 'cuda' if cuda else 'mps' if torch.backends.mps.is_available() else 'cpu',
        'torch_import_s': imported,
        'missing': [name for name in ('numpy', 'tokenizers') if importlib.util.find_spec(name) is None],
    }
    if cuda:
        properties = torch.cuda.get_device_properties(0)
        free, whole = torch.cuda.mem_get_info(0)
        facts |= {'card': properties.name, 'memory_gib': properties.total_memory / 2**30}
        facts |= {'used_before_gib': (whole - free) / 2**30}
    facts['peak_flops'] = peak_flops()
    print(f'facts: {json.dumps(facts)}')


def peak_flops() -> float | None:
    """What the trainer takes as the device's peak, FLOP/s; None when it does not say."""
    sys.path.insert(0, sys.argv[1])
    try:
        import train

        device = train.choose_device()
        return train.peak_flops(device, train.compute_dtype(device))
    except Exception as error:
        print(f'no peak: {type(error).__name__}: {error}', file=sys.stderr)
        return None


if __name__ == '__main__':
    main()
