"""Copies of train.py with other constants, preset or dtype: what a run by hand would edit."""

from __future__ import annotations

import re


def patched(source: str, constants: dict[str, object], preset: str | None = None, fp32: bool = False) -> str:
    """The source of train.py with `NAME = value` lines replaced, and another preset or dtype chosen.

    Raises ValueError for a name that is not there, so that nothing is measured unchanged by mistake.
    """
    for name, value in constants.items():
        line = re.compile(rf'^({name}(?:\s*:[^=\n]+)?\s*=\s*)[^#\n]*?(\s*(?:#.*)?)$', re.MULTILINE)
        source, found = line.subn(
            lambda match, value=value: f'{match[1]}{value!r}{match[2]}', source, count=1
        )
        if not found:
            raise ValueError(f'train.py has no line "{name} = …"')
    chosen = {}
    if preset:
        chosen['choose_preset'] = repr(preset)
    if fp32:
        chosen['compute_dtype'] = 'torch.float32'
    for name, value in chosen.items():
        if not re.search(rf'^def {name}\(', source, re.MULTILINE):
            raise ValueError(f'train.py has no function {name}()')
        before, mark, after = source.rpartition("\nif __name__ == '__main__':")
        if not mark:
            raise ValueError('train.py has no line "if __name__ == \'__main__\':"')
        source = f'{before}\n{name} = lambda *_, **__: {value}\n{mark}{after}'
    return source
