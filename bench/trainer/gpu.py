"""What the trainer does on this machine's GPU, in tables, within a limit of time. Called by bench/gpu.sh."""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from measuring.loss import loss_parts
from measuring.loss_table import loss_report
from measuring.parts import NAMES, all_parts
from measuring.process import stop_all
from measuring.schedule import Clock, Failed, Results, run_parts
from measuring.table import report
from measuring.trainer import TRAINER, Machine, read_facts

LIMIT, LOSS_LIMIT = 290, 840  # seconds
KARPATHY = 'https://github.com/karpathy/autoresearch'

EPILOG = f"""parts: {', '.join(NAMES)}

examples:
  sh bench/gpu.sh
  git clone {KARPATHY} /tmp/autoresearch
  sh bench/gpu.sh --karpathy /tmp/autoresearch --out results
  sh bench/gpu.sh --loss --karpathy /tmp/autoresearch
  sh bench/gpu.sh --evaluator
"""


def read_arguments(arguments: list[str]) -> argparse.Namespace:
    """The options. An invalid one ends the program."""
    parser = argparse.ArgumentParser(
        prog='sh bench/gpu.sh',
        description=f'Measures the trainer on a GPU, without a network, in at most {LIMIT} s.\n'
        'Prints tables: tokens a second, MFU, memory, start-up, a step by kernels,\npresets, targets.',
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('--karpathy', metavar='PATH', type=Path, help='a checkout whose train.py is run too')
    parser.add_argument('--only', metavar='PARTS', help='these parts, e.g. "cold,warm"')
    parser.add_argument(
        '--loss', action='store_true', help='val_bpb after 60 s instead, ours and his; about 12 minutes'
    )
    parser.add_argument(
        '--evaluator', action='store_true', help='instead, what scoring outside of the run costs, as JSON'
    )
    parser.add_argument('--seeds', metavar='SEEDS', help='seeds of --loss ("1,2,3")')
    parser.add_argument(
        '--limit', metavar='SECONDS', type=float, help=f'of all parts ({LIMIT}; --loss: {LOSS_LIMIT})'
    )
    parser.add_argument('--json', action='store_true', help='print what was found as JSON')
    parser.add_argument(
        '--out', metavar='FOLDER', type=Path, help='write table.txt, results.json and log.txt there'
    )
    parser.add_argument(
        '--device',
        choices=['auto', 'cpu'],
        default='auto',
        help='cpu: to try the script, with 1 s of training',
    )
    wanted = parser.parse_args(arguments)
    wanted.only = wanted.only.split(',') if wanted.only else list(NAMES)
    if unknown := [name for name in wanted.only if name not in NAMES]:
        parser.error(f'--only has no part "{unknown[0]}"; there are {", ".join(NAMES)}')
    if wanted.seeds and not wanted.loss:
        parser.error('--seeds is of --loss')
    try:
        wanted.seeds = [int(seed) for seed in (wanted.seeds or '1,2,3').split(',')]
    except ValueError:
        wanted.seeds = [0]
    if min(wanted.seeds) < 1:
        parser.error('--seeds must be whole numbers from 1, e.g. "1,2,3"')
    wanted.karpathy = wanted.karpathy and wanted.karpathy.expanduser().absolute()
    if wanted.karpathy and not (wanted.karpathy / 'train.py').is_file():
        parser.error(f'--karpathy {wanted.karpathy} has no train.py; git clone {KARPATHY} there')
    wanted.limit = wanted.limit or (LOSS_LIMIT if wanted.loss else LIMIT)
    return wanted


def main(arguments: list[str]) -> int:
    """Runs the parts and prints the tables, also when interrupted; 1 when a part failed or was not run."""
    wanted = read_arguments(arguments)
    if wanted.evaluator:
        device = 'cpu' if wanted.device == 'cpu' else 'cuda'
        rows = ('--rows', '96', '--times', '1') if device == 'cpu' else ()
        script = Path(__file__).with_name('evaluating.py')
        return subprocess.run([sys.executable, script, '--device', device, *rows], check=False).returncode
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding='utf-8', errors='replace')
    ended: list[int] = []  # the signal that ended it

    def stop(number: int, _frame: object) -> None:
        ended.append(number)
        stop_all()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    work = Path(tempfile.mkdtemp(prefix='nightshift-gpu-'))
    try:
        return measure(wanted, work, lambda: bool(ended))
    finally:
        shutil.rmtree(work, ignore_errors=True)


def measure(wanted: argparse.Namespace, work: Path, stopped) -> int:
    """Measures what is wanted, in the folder `work`; `stopped` says whether a signal came."""
    clock, results = Clock(wanted.limit), Results()
    machine = Machine(work, wanted.device)
    if cache := os.environ.get('NIGHTSHIFT_CACHE'):
        machine.use_prepared(Path(cache).expanduser().absolute())
    machine.facts = facts_before(wanted)
    try:
        machine.facts |= read_facts(machine, min(120, clock.left()))
    except Failed as error:
        return refuse(f'torch does not work: {error}', 'Repair it, or set TRAINER_PYTHON to another Python.')
    # What is prepared already needs no tokenizers.
    prepared = {'tokenizers'} if 'NIGHTSHIFT_CACHE' in os.environ else set()
    missing = ' '.join(name for name in machine.facts['missing'] if name not in prepared)
    if missing:
        return refuse(
            f'{sys.executable} lacks {missing}.', f'Install: {sys.executable} -m pip install {missing}'
        )
    if wanted.device != 'cpu' and not machine.on_cuda:
        return refuse(
            'torch finds no CUDA GPU.', 'Use a machine with one; --device cpu only tries the script.'
        )
    if wanted.loss:
        has_data = 'NIGHTSHIFT_DATA' in os.environ
        machine.facts['data'] = os.environ.get('NIGHTSHIFT_DATA', 'installed Python source')
        parts = loss_parts(machine, wanted.karpathy, wanted.seeds, has_data)
    else:
        parts = all_parts(machine, results, wanted.karpathy)
        parts = [part for part in parts if part.name in wanted.only]

    def text() -> str:
        notes = [f'{clock.used():.0f} s in all, of at most {wanted.limit:.0f}']
        if wanted.device == 'cpu':
            notes.append('a try of the script on the CPU: these numbers say nothing about a GPU')
        return (loss_report if wanted.loss else report)(machine.facts, results, notes)

    # Written after each part: whoever kills this has what was found until then.
    run_parts(parts, clock, results, stopped, lambda: write(wanted.out, machine, results, text()))
    write(wanted.out, machine, results, text())
    print(json.dumps({'facts': machine.facts, **vars(results)}) if wanted.json else text(), flush=True)
    return 1 if results.failed or results.not_run else 0


def facts_before(wanted: argparse.Namespace) -> dict:
    """Facts that need no torch."""
    here = TRAINER.parent
    facts = {
        'date': datetime.datetime.now().strftime('%Y-%m-%d %H:%M'),
        'commit': commit_of(here),
        'train_py': hashlib.sha256((TRAINER / 'train.py').read_bytes()).hexdigest()[:12],
        'data': os.environ.get('NIGHTSHIFT_DATA') or 'stdlib',
        'driver': said_by(['nvidia-smi', '--query-gpu=driver_version', '--format=csv,noheader'], here),
    }
    if wanted.karpathy:
        digest = hashlib.sha256((wanted.karpathy / 'train.py').read_bytes()).hexdigest()[:12]
        facts['checkout'] = f'commit {commit_of(wanted.karpathy)}, {digest}'
    return facts


def commit_of(folder: Path) -> str:
    """The commit of a checkout, and whether it was changed; "unknown" for a plain copy."""
    top = said_by(['git', 'rev-parse', '--show-toplevel'], folder)
    commit = said_by(['git', 'rev-parse', '--short', 'HEAD'], folder)
    if not commit or not top or Path(top).resolve() != folder.resolve():
        return 'unknown'
    changed = said_by(['git', 'status', '--porcelain', '--untracked-files=no'], folder)
    return f'{commit}, changed' if changed else commit


def said_by(command: list[str], folder: Path) -> str:
    """The first line of what a command prints; empty when it fails or is not there."""
    try:
        ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=20, check=True)
        return ended.stdout.strip().partition('\n')[0]
    except (OSError, subprocess.SubprocessError):
        return ''


def write(folder: Path | None, machine: Machine, results: Results, text: str) -> None:
    """Writes tables, results and what every process printed to a folder, if there is one."""
    if folder is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    log = '\n'.join(f'===== {name}\n{said}' for name, said in machine.logs.items())
    found = json.dumps({'facts': machine.facts, **vars(results)}, indent=1)
    for name, content in {'table.txt': f'{text}\n', 'results.json': found, 'log.txt': log}.items():
        (folder / name).write_text(content, 'utf-8')


def refuse(message: str, advice: str) -> int:
    """Says why nothing can be measured; the exit code."""
    print(f'error: {message}\n       {advice}', file=sys.stderr)
    return 2


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
