"""The stand-ins for his kernel and data, with a small train.py of ours that imports what his imports."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

RUN = Path(__file__).parents[2] / 'bench' / 'trainer' / 'karpathy' / 'run.py'

TRAIN = """
import torch
from kernels import get_kernel
attention = get_kernel('varunneal/flash-attention-3').flash_attn_interface
from prepare import MAX_SEQ_LEN, TIME_BUDGET, Tokenizer, make_dataloader, evaluate_bpb

torch.manual_seed(42)
tokenizer = Tokenizer.from_directory()
print('first', torch.rand(1).item())
inputs, targets, epoch = next(make_dataloader(tokenizer, 2, MAX_SEQ_LEN, 'train'))
assert inputs.view(-1).shape == targets.view(-1).shape == (2 * MAX_SEQ_LEN,)
print('tokens', inputs.sum().item())

class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.wte = torch.nn.Embedding(tokenizer.get_vocab_size(), 16)

    def forward(self, tokens, targets=None):
        x = self.wte(tokens).view(*tokens.shape, 2, 8)
        y = attention.flash_attn_func(x, x, x, causal=True, window_size=(MAX_SEQ_LEN // 2, 0))
        y = attention.flash_attn_func(y, y, y, causal=True, window_size=(MAX_SEQ_LEN, 0))
        return 15 * torch.tanh((y.flatten(2) @ self.wte.weight.T).float() / 15)

print('budget', TIME_BUDGET, 'context', MAX_SEQ_LEN)
if TIME_BUDGET:
    print('val_bpb', evaluate_bpb(torch.compile(Model()).eval(), tokenizer, 2))
"""


@pytest.fixture
def his(corpus, tmp_path):
    """Runs a checkout's train.py with the stand-ins; its own prepare.py must not be what it gets."""
    (tmp_path / 'train.py').write_text(TRAIN)
    (tmp_path / 'prepare.py').write_text('raise SystemExit("his own prepare.py")')

    def run(**variables: str) -> dict[str, str]:
        ended = subprocess.run(
            [sys.executable, RUN, tmp_path / 'train.py'],
            cwd=tmp_path,
            env={**os.environ, 'NIGHTSHIFT_DATA': f'folder:{corpus}', **variables},
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert ended.returncode == 0, ended.stderr
        return dict(line.split(' ', 1) for line in ended.stdout.splitlines())

    return run


def test_his_imports_get_our_data_and_evaluation(his):
    said = his(NIGHTSHIFT_BUDGET_S='20')
    assert said['budget'] == '20.0 context 256'
    assert 0.5 < float(said['val_bpb']) < 20
    torch.manual_seed(42)
    assert float(said['first']) == torch.rand(1).item()  # without a seed, his own
    other = his(NIGHTSHIFT_SEED='7', NIGHTSHIFT_BUDGET_S='0')
    torch.manual_seed(7)
    assert float(other['first']) == torch.rand(1).item()
    assert other['tokens'] != said['tokens']


def test_attention_is_flash_attentions():
    """`window_size[0]` tokens before the query, and itself."""
    script = """
        import sys, types, torch
        prepare = types.ModuleType('prepare')
        prepare.MAX_SEQ_LEN = 16
        sys.modules['prepare'] = prepare
        import kernels
        torch.manual_seed(1)
        q, k, v = (torch.randn(2, 16, 4, 8) for _ in range(3))
        attention = kernels.get_kernel('any').flash_attn_interface
        torch.save([q, k, v, *(attention.flash_attn_func(q, k, v, causal=True, window_size=(w, 0))
                               for w in (4, 16, -1))], sys.argv[1])
    """
    import tempfile
    import textwrap

    with tempfile.NamedTemporaryFile(suffix='.pt') as file:
        subprocess.run(
            [sys.executable, '-c', textwrap.dedent(script), file.name],
            cwd=RUN.parent,
            check=True,
            timeout=120,
        )
        q, k, v, *found = torch.load(file.name)
    q, k, v = (part.transpose(1, 2) for part in (q, k, v))
    position = torch.arange(16)
    before = position[:, None] - position
    for window, y in zip((4, 16, 16), found, strict=True):
        mask = (before >= 0) & (before <= window)
        wanted = F.scaled_dot_product_attention(q, k, v, attn_mask=mask).transpose(1, 2)
        torch.testing.assert_close(y, wanted)
