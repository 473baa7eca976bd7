import ast
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / 'bench' / 'trainer'))

from measuring.parts import PRESETS, SHAPE
from measuring.source import patched

TRAIN = (Path(__file__).parents[2] / 'trainer' / 'train.py').read_text('utf-8')


def test_replaces_values_and_keeps_comments():
    source = "DEPTH = None  # layers\nDEPTHS = 1\nX: float = 0.5\nNAME = 'a'\n"
    changed = patched(source, {'DEPTH': 8, 'X': 0.25, 'NAME': 'SSSL'})
    assert changed == "DEPTH = 8  # layers\nDEPTHS = 1\nX: float = 0.25\nNAME = 'SSSL'\n"


@pytest.mark.parametrize(
    ('source', 'how', 'message'),
    [
        ('A = 1\n', {'constants': {'B': 1}}, 'no line "B = …"'),
        ('A = 1\n', {'constants': {}, 'preset': '8gb'}, r'no function choose_preset\(\)'),
        ('def compute_dtype(device):\n    pass\n', {'constants': {}, 'fp32': True}, 'no line "if __name__'),
    ],
)
def test_refuses_what_it_cannot_change(source, how, message):
    with pytest.raises(ValueError, match=message):
        patched(source, **how)


def test_train_py_has_all_that_is_changed():
    changed = patched(TRAIN, {**SHAPE, 'SHORT_WINDOW_RATIO': 0.25})
    set_to = {
        node.targets[0].id: node.value.value
        for node in ast.parse(changed).body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
    }
    assert set_to == {**set_to, **SHAPE, 'SHORT_WINDOW_RATIO': 0.25}
    for preset, fp32 in PRESETS.values():
        assert f"'{preset}': {{" in TRAIN
        compile(patched(TRAIN, {}, preset, fp32), 'train.py', 'exec')
