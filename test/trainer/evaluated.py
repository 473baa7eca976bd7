"""Synthetic held-out text, and evaluations of it by a real evaluator process; this process is the run."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from conftest import TRAINER

import evaluation
import prepare
from channel import Channel

VOCABULARY, ROWS, SECRET = 300, 96, '5e' * 32
SUCCESSORS, STEEP = 24, 1.2  # tokens that may follow another, and how their chances fall
CPU = torch.device('cpu')


def chain() -> tuple[np.ndarray, np.ndarray]:
    """For each token the ones that may follow, [vocabulary, SUCCESSORS], and their chances."""
    chance = np.random.default_rng(5)
    following = np.stack([1 + chance.permutation(VOCABULARY - 1)[:SUCCESSORS] for _ in range(VOCABULARY)])
    weight = np.arange(1, SUCCESSORS + 1) ** -STEEP
    return following, weight / weight.sum()


def prepared(folder: Path, rows: int = ROWS) -> prepare.Data:
    """Data in a cache folder in which prepare.py and the evaluator find it; sets the variables for it."""
    (folder / 'text').mkdir()
    (folder / 'text' / 'a.txt').write_text('its rows are not made from it')
    os.environ |= {'NIGHTSHIFT_CACHE': str(folder / 'cache'), 'NIGHTSHIFT_DATA': f'folder:{folder / "text"}'}
    corpus = prepare.open_corpus(os.environ['NIGHTSHIFT_DATA'], prepare.cache_root())
    path = prepare.cache_root() / f'{corpus.name}-{prepare.cache_key(corpus, VOCABULARY)}'
    path.mkdir(parents=True)
    following, weight = chain()
    chance = np.random.default_rng(6)
    tokens = np.zeros((2 * rows, 257), '<u2')
    for place in range(1, 257):
        tokens[:, place] = following[tokens[:, place - 1], chance.choice(SUCCESSORS, 2 * rows, p=weight)]
    contents = {
        'train.u16': tokens[0].tobytes(),
        'token_bytes.u16': np.r_[0, chance.integers(1, 7, VOCABULARY - 1)].astype('<u2').tobytes(),
        'val.u16': tokens[:rows].tobytes(),
        'holdout.u16': tokens[rows:].tobytes(),
    }
    digests = {name: prepare.write(path / name, content) for name, content in contents.items()}
    prepare.move_held_out(path)
    sizes = {split: len(contents[f'{split}.u16']) // 2 for split in ('train', 'val', 'holdout')}
    facts = {'name': corpus.name, 'vocabulary': VOCABULARY, 'context': 256, 'tokens': sizes}
    (path / 'meta.json').write_text(json.dumps({**facts, 'digests': digests}))
    return prepare.read_prepared(path, VOCABULARY)


def honest():
    """A model that knows the chain."""
    following, weight = chain()
    table = torch.full((VOCABULARY, VOCABULARY), -7.0)
    table.scatter_(
        1, torch.from_numpy(following), torch.from_numpy(weight).float().log().expand(VOCABULARY, -1)
    )
    return lambda tokens: table[tokens]


@dataclass
class Outcome:
    """What became of an evaluation: in the run, in the evaluator, and in the file, None if there is none."""

    measured: dict | None
    failure: str | None  # of the run
    code: int  # of the evaluator
    error: str  # of the evaluator
    record: dict | None


class Evaluator:
    """An evaluator process; this process has the run's end of its socket, by the variable."""

    def __init__(self, folder: Path, splits: str = 'val', secret: str = SECRET) -> None:
        import socket

        self.socket, theirs = socket.socketpair()
        self.target = folder / 'eval.json'
        variables = {'NIGHTSHIFT_EVAL': str(self.target), 'NIGHTSHIFT_SECRET': secret}
        self.process = subprocess.Popen(
            [sys.executable, 'evaluator.py'],
            cwd=TRAINER,
            env={
                **os.environ,
                **variables,
                'NIGHTSHIFT_SPLITS': splits,
                'NIGHTSHIFT_EVALUATOR': str(theirs.fileno()),
            },
            pass_fds=[theirs.fileno()],
            stderr=subprocess.PIPE,
            text=True,
        )
        theirs.close()
        os.environ['NIGHTSHIFT_EVALUATOR'] = str(self.socket.fileno())
        self.channel = Channel()

    def run(self, model, data: prepare.Data, rows: int = 16) -> Outcome:
        """Evaluates a model as a run would, and ends."""
        evaluation.measured_before = False
        measured = failure = None
        try:
            measured = prepare.evaluate(model, data, CPU, rows)
        except prepare.Failure as error:
            failure = f'{error}'
        return self.ended(measured, failure)

    def ended(self, measured: dict | None = None, failure: str | None = None) -> Outcome:
        """Closes the run's end, and waits for the evaluator."""
        self.socket.close()
        self.channel.socket.close()
        del os.environ['NIGHTSHIFT_EVALUATOR']
        _, error = self.process.communicate(timeout=60)
        record = json.loads(self.target.read_text()) if self.target.exists() else None
        return Outcome(measured, failure, self.process.returncode, error, record)
