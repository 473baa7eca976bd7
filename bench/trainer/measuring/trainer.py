"""Runs of the trainer, of copies of it, of the plain model and of karpathy/autoresearch's train.py."""

from __future__ import annotations

import json
import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

from measuring.output import karpathy_speed_of, speed_of, summary_block
from measuring.process import Ended, run_process
from measuring.schedule import Failed
from measuring.source import patched

BENCH = Path(__file__).parents[1]  # bench/trainer
TRAINER = BENCH.parents[1] / 'trainer'

# Chosen here for each process, not taken over from whoever calls.
OWN = re.compile(r'NIGHTSHIFT_(?!DATA$|CACHE$|HUB$)|TORCHINDUCTOR_|TRITON_CACHE_DIR$|PYTHONUNBUFFERED$')


@dataclass
class Machine:
    """Where to run: a folder for what is written, the device, and facts once they are known."""

    work: Path
    device: str  # 'auto', or 'cpu' to try the script
    facts: dict = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)  # of every process
    logs: dict[str, str] = field(default_factory=dict)  # what each process printed, by name

    @property
    def on_cuda(self) -> bool:
        """Whether processes find a GPU."""
        return self.facts.get('device') == 'cuda'

    def environment(self, caches: str, **variables: object) -> dict[str, str]:
        """Variables of a process. `caches` names the folder of its compile caches, empty if it is new."""
        kept = {name: value for name, value in os.environ.items() if not OWN.match(name)}
        kept['NIGHTSHIFT_CACHE'] = str(self.work / 'data')
        path = [str(TRAINER), *filter(None, [kept.get('PYTHONPATH')])]
        if self.device == 'cpu':
            kept['CUDA_VISIBLE_DEVICES'] = ''
        return {
            **kept,
            **self.variables,
            'PYTHONUNBUFFERED': '1',
            'PYTHONPATH': os.pathsep.join(path),
            'TORCHINDUCTOR_CACHE_DIR': str(self.work / 'compiled' / slug(caches) / 'inductor'),
            'TRITON_CACHE_DIR': str(self.work / 'compiled' / slug(caches) / 'triton'),
            **{name: str(value) for name, value in variables.items()},
        }

    def use_prepared(self, cache: Path) -> None:
        """Links what a cache folder of the trainer holds, so that nothing has to be prepared again.

        Without what was compiled or measured there: a cold start has to be one.
        """
        own = self.work / 'data'
        own.mkdir(parents=True, exist_ok=True)
        for path in sorted(cache.iterdir()) if cache.is_dir() else []:
            if path.name not in ('compiled', 'choices') and path.suffix not in ('.lock', '.partial'):
                (own / path.name).symlink_to(path)

    def has_caches(self, caches: str) -> bool:
        """Whether something was compiled into these caches."""
        folder = self.work / 'compiled' / slug(caches)
        return folder.is_dir() and any(path.is_file() for path in folder.rglob('*'))

    def run(
        self, name: str, arguments: list[object], environment: dict[str, str], folder: Path, limit: float
    ) -> Ended:
        """Runs Python; keeps what it printed. Raises Failed when it did not end well."""
        ended = run_process([sys.executable, *map(str, arguments)], environment, folder, limit)
        self.logs[name] = ended.text
        if ended.failure:
            raise Failed(ended.failure)
        return ended


def slug(name: str) -> str:
    """A name as that of a folder, without spaces, which compilers' command lines may not take."""
    return re.sub(r'\W+', '-', name)


def read_facts(machine: Machine, limit: float) -> dict:
    """What the machine has (facts.py)."""
    script = BENCH / 'measuring' / 'facts.py'
    return json_line(
        machine.run('facts', [script, TRAINER], machine.environment('main'), BENCH, limit), 'facts'
    )


def json_line(ended: Ended, name: str) -> dict:
    """The JSON of the last line `name: {…}`. Raises Failed when there is none."""
    found = re.findall(rf'^{name}: (.*)$', ended.text, re.MULTILINE)
    if not found:
        raise Failed(f'it printed no line "{name}: …"')
    return json.loads(found[-1])


@dataclass(frozen=True)
class Wanted:
    """A run of the trainer: seconds of training, and what is changed in its copy."""

    budget: float
    seed: int = 1
    steps: int = 0  # instead of the budget, unless 0
    caches: str = 'main'
    constants: dict[str, object] = field(default_factory=dict)
    preset: str | None = None
    fp32: bool = False


def train(machine: Machine, name: str, wanted: Wanted, limit: float) -> dict:
    """A run of train.py, or of a copy where something is changed. Raises Failed when nothing was measured."""
    script = TRAINER / 'train.py'
    if wanted.constants or wanted.preset or wanted.fp32:
        try:
            changed = patched(script.read_text('utf-8'), wanted.constants, wanted.preset, wanted.fp32)
        except ValueError as error:
            raise Failed(str(error)) from error
        script = machine.work / 'copies' / slug(name) / 'train.py'
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(changed, 'utf-8')
    curve = machine.work / f'{slug(name)}.csv'
    curve.unlink(missing_ok=True)
    variables = {'NIGHTSHIFT_BUDGET_S': wanted.budget, 'NIGHTSHIFT_SEED': wanted.seed}
    variables |= {'NIGHTSHIFT_CURVE': curve, 'NIGHTSHIFT_STEPS': wanted.steps}
    environment = machine.environment(wanted.caches, **variables)
    ended = machine.run(name, [script], environment, TRAINER, limit)
    try:
        found = speed_of(ended, curve)
    except ValueError as error:
        raise Failed(str(error)) from error
    if wanted.preset and found['preset'] != wanted.preset:
        raise Failed(f'it ran preset {found["preset"]}')
    if wanted.fp32 and found['dtype'] != 'torch.float32':
        raise Failed(f'it computed in {found["dtype"]}')
    return found


# A line of the trainer that says what it measured and chose, e.g. "full attention: cudnn_attention (…)".
CHOICE = re.compile(r'(?:full attention|window \w+): .*')


def search(machine: Machine, limit: float) -> dict:
    """What a session does once before its runs: measures attention kernels, which later runs remember.

    In compile caches of its own, so that those of the runs stay empty.
    """
    if not machine.on_cuda:
        raise Failed('needs CUDA')
    environment = machine.environment('search')
    ended = machine.run('search', [TRAINER / 'train.py', '--warm-up'], environment, TRAINER, limit)
    chosen = [line for line in ended.text.splitlines() if CHOICE.fullmatch(line)]
    return {'seconds': ended.seconds, 'chosen': chosen}


def look_inside(machine: Machine, limit: float) -> dict:
    """Where a step goes, and the evaluation (inside.py)."""
    script = BENCH / 'measuring' / 'inside.py'
    environment = machine.environment('main', NIGHTSHIFT_STEPS=14, NIGHTSHIFT_BUDGET_S=1, NIGHTSHIFT_SEED=1)
    smaller = ['TOTAL_BATCH_SIZE=512', 'DEVICE_BATCH_SIZE=2'] if machine.device == 'cpu' else []
    command = [sys.executable, str(script), str(TRAINER), *smaller]
    ended = run_process(command, environment, TRAINER, limit)
    machine.logs['inside'] = ended.text
    try:
        found = json_line(ended, 'inside')
    except Failed as error:
        raise Failed(ended.failure or str(error)) from error
    if ended.failure:  # it has told what it had
        found.setdefault('failed', ended.failure)
    if not found['kernels'] and 'evaluation' not in found:
        raise Failed(found.get('failed', 'it found nothing'))
    return found


def plain(machine: Machine, budget: float, limit: float) -> dict:
    """The plain PyTorch model (plain.py)."""
    environment = machine.environment('plain')
    ended = machine.run('plain', [BENCH / 'plain.py', 'plain', budget], environment, BENCH, limit)
    found = next((json.loads(line) for _, line in reversed(ended.lines) if line.startswith('{')), None)
    if found is None:
        raise Failed('it printed no line of JSON')
    rate = found['tokens'] / found['seconds']
    return {
        'tokens_per_second': rate,
        'step_ms': 1000 * found['seconds'] / found['steps'],
        'mfu_percent': 100 * rate * found['flops_per_token'] / machine.facts['peak_flops']
        if machine.facts.get('peak_flops')
        else None,
        'peak_mb': found['peak_mb'],
        'parameters_m': found['parameters'] / 1e6,
        'batch': found['batch'],
        'overhead_s': ended.seconds - found['seconds'],
    }


def karpathy(machine: Machine, name: str, checkout: Path, budget: float, seed: int, limit: float) -> dict:
    """The train.py of a checkout, with the stand-ins of bench/trainer/karpathy/; seed 0: his own."""
    variables = {'NIGHTSHIFT_BUDGET_S': budget, 'NIGHTSHIFT_SEED': seed}
    environment = machine.environment('karpathy', **variables)
    environment['PYTHONPATH'] = os.pathsep.join(
        environment['PYTHONPATH'].split(os.pathsep)[1:]
    )  # not our prepare
    arguments = [BENCH / 'karpathy' / 'run.py', checkout / 'train.py']
    ended = machine.run(name, arguments, environment, machine.work, limit)
    if not summary_block(ended.text):
        raise Failed('it ended without a summary block')
    return karpathy_speed_of(ended, machine.facts.get('peak_flops'))
