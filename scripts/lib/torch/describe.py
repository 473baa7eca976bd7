"""Prints as JSON which torch and tokenizers an interpreter has. Run by facts.ts."""

import importlib.metadata
import importlib.util
import json
import pathlib


def version(name):
    """Version of an installed package, or None."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def build():
    """What torch was built for. Only torch/version.py is read: importing torch takes seconds."""
    spec = importlib.util.find_spec('torch')
    file = pathlib.Path(spec.origin).with_name('version.py') if spec and spec.origin else None
    values = {}
    if file and file.is_file():
        exec(compile(file.read_text(), str(file), 'exec'), values)
    return {name: str(values[name]) if values.get(name) else None for name in ('cuda', 'hip', 'xpu')}


print(json.dumps({'torch': version('torch'), 'tokenizers': version('tokenizers'), **build()}))
