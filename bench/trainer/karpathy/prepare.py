"""Stands in for karpathy/autoresearch's prepare.py: our data, batches and evaluation for his train.py.

NIGHTSHIFT_BUDGET_S is the time budget (300) and NIGHTSHIFT_SEED, if set, the seed of weights and batches.
"""

import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor, nn

TRAINER = Path(__file__).parents[3] / 'trainer'


def load_ours():
    """The trainer's prepare.py, under another name than this file's."""
    sys.path.append(str(TRAINER))
    spec = importlib.util.spec_from_file_location('nightshift_prepare', TRAINER / 'prepare.py')
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


ours = load_ours()
data = ours.prepare()
device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')

MAX_SEQ_LEN = 2048 if device.type == 'cuda' else data.context
TIME_BUDGET = float(os.environ.get('NIGHTSHIFT_BUDGET_S') or 300)
SEED = int(os.environ.get('NIGHTSHIFT_SEED') or 0)  # 0: train.py's own


class Tokenizer:
    """What train.py asks of it: the size of the vocabulary."""

    @classmethod
    def from_directory(cls) -> 'Tokenizer':
        """Also sets the seed: train.py calls this between setting its own and making the weights."""
        if SEED:
            torch.manual_seed(SEED)
        return cls()

    def get_vocab_size(self) -> int:
        """Number of tokens."""
        return data.vocabulary


def make_dataloader(
    tokenizer: Tokenizer, batch: int, context: int, split: str
) -> Iterator[tuple[Tensor, Tensor, int]]:
    """Endless (inputs, targets, epoch), int64 [batch, context] on the device; the epoch is not counted: 1."""
    for inputs, targets in ours.batches(data.split(split), batch, context, SEED or 1, device):
        yield inputs.contiguous(), targets.contiguous(), 1  # his views need it


def evaluate_bpb(model: nn.Module, tokenizer: Tokenizer, batch: int) -> float:
    """Bits per byte of val, by the trainer's evaluation: the same rows and checks as for ours.

    The model is called uncompiled, as ours is: compiling it for this shape would take longer than it saves.
    """
    return ours.evaluate(getattr(model, '_orig_mod', model), data, device)['val_bpb']
