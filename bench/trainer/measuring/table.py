"""Tables of at most 80 columns that are plain text and Markdown at once."""

from __future__ import annotations

from measuring.kernels import OTHER, grouped, largest_other
from measuring.schedule import Results
from measuring.targets import targets

WIDTH = 80


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table, its columns aligned: the first to the left, the others to the right."""
    widths = [max(3, *(len(row[i]) for row in [head, *rows])) for i in range(len(head))]

    def line(row: list[str]) -> str:
        cells = [
            row[0].ljust(widths[0]),
            *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True)),
        ]
        return f'| {" | ".join(cells)} |'

    rule = '|'.join(['-' * (widths[0] + 2), *('-' * (width + 1) + ':' for width in widths[1:])])
    return '\n'.join([line(head), f'|{rule}|', *map(line, rows)])


def with_notes(text: str, notes: list[str]) -> str:
    """A table and lines below it, after an empty one: else they would be rows."""
    return '\n\n'.join([text, *(['\n'.join(notes)] if notes else [])])


def number(value: float | None, digits: int = 0) -> str:
    """A number with its thousands separated; empty for None."""
    return '' if value is None else f'{value:,.{digits}f}'


def rate(value: float | None) -> str:
    """Tokens a second: "1.662M", "23.4k"."""
    if value is None:
        return ''
    return f'{value / 1e6:.3f}M' if value >= 1e5 else f'{value / 1e3:.1f}k'


def report(facts: dict, results: Results, notes: list[str]) -> str:
    """All tables: machine, speed, start-up, a step by kernels, presets, targets, and what is missing."""
    sections = [
        heading(facts, notes),
        speeds(results.found),
        start_up(results.found, facts.get('torch_import_s')),
        step(results.found),
        presets(results.found),
        target_table(facts, results),
        missing(results),
    ]
    return '\n\n'.join(section for section in sections if section)


def heading(facts: dict, notes: list[str]) -> str:
    """The machine, in lines."""
    card = facts.get('card') or facts.get('device') or 'unknown device'
    memory = f', {facts["memory_gib"]:.1f} GiB' if 'memory_gib' in facts else ''
    driver = f', driver {facts["driver"]}' if facts.get('driver') else ''
    lines = [f'{card}{memory}{driver}, {facts.get("cores", "?")} cores']
    lines.append(f'torch {facts.get("torch", "?")}, Python {facts.get("python", "?")}, data {facts["data"]}')
    lines.append(f'{facts["date"]}, commit {facts["commit"]}, train.py {facts["train_py"]}')
    if facts.get('checkout'):
        lines.append(f"karpathy's train.py, {facts['checkout']}, by torch's attention,")
        lines.append('on our data and by our evaluation')
    if facts.get('used_before_gib', 0) > 1:
        lines.append(f'{facts["used_before_gib"]:.1f} GiB of the GPU were in use before: times may be wrong')
    return '\n'.join([*lines, *notes])


def speeds(found: dict[str, dict]) -> str:
    """Tokens a second and what belongs to them, a column for each model."""
    preset = found.get('warm', found.get('cold', {}))
    names = {'warm': preset.get('preset') or 'preset', 'half': '1/2', 'quarter': '1/4', 'plain': 'plain'}
    names['karpathy'] = 'karpathy'
    columns = {name: found[name] for name in names if name in found}
    if 'warm' not in columns and 'cold' in found:
        names['cold'], columns = names['warm'], {'cold': found['cold'], **columns}
    if not columns:
        return ''
    theirs = found.get('karpathy', {}).get('tokens_per_second')

    def row(label: str, cell) -> list[str]:
        return [label, *(cell(column) for column in columns.values())]

    def times(column: dict) -> str:
        ours = column.get('tokens_per_second')
        return f'{ours / theirs:.3f}' if ours and theirs else ''

    rows = [
        row('tokens a second', lambda c: rate(c.get('tokens_per_second'))),
        row("times karpathy's", times),
        row('a step, ms', lambda c: number(c.get('step_ms'), 1)),
        row('MFU, %', lambda c: number(c.get('mfu_percent'), 1)),
        row('MFU, causal, %', lambda c: number(c.get('mfu_causal_percent'), 1)),
        row('peak memory, MB', lambda c: number(c.get('peak_mb'))),
        row('passes × rows', lambda c: ' × '.join((c.get('batch') or '').split(' × ')[:2])),
        row('steps', lambda c: number(c.get('steps'))),
        row('val_bpb', lambda c: number(c.get('val_bpb'), 4)),
        row('overhead, s', lambda c: number(c.get('overhead_s'), 1)),
    ]
    rows = [cells for cells in rows if any(cells[1:])]
    notes = ['1/2, 1/4: his shape, short windows of half and a quarter of the context.']
    same = [names[name] for name, column in columns.items() if column.get('same_as')]
    if same:
        notes.append(f'{", ".join(same)}: the same run as {names["warm"]}, whose shape it is.')
    if 'karpathy' in columns:
        notes.append('karpathy: steps from the 12th on, as his budget counts; the others and cold')
        notes.append('compile caches are in its overhead.')
    if any(column.get('compiled') is False for column in columns.values()):
        notes.append('A model ran uncompiled: see the log.')
    return with_notes(table(['', *(names[name] for name in columns)], rows), notes)


def start_up(found: dict[str, dict], import_s: float | None) -> str:
    """The parts of a run besides training, the first import of torch, the evaluation at its full size."""
    runs = {name: found[name] for name in ('cold', 'warm') if name in found}
    if not runs:
        return ''
    labels = list(dict.fromkeys(label for run in runs.values() for label in run['start_up']))
    rows = [[label, *(number(run['start_up'].get(label), 1) for run in runs.values())] for label in labels]
    rows.append(['all besides training', *(number(run['overhead_s'], 1) for run in runs.values())])
    notes = []
    if import_s is not None:
        notes.append(f'before them, the first import of torch: {import_s:.1f} s')
    if 'search' in found:
        notes.append(f'once before: compilation and search, {found["search"]["seconds"]:.1f} s')
        notes += [choice[:WIDTH] for choice in found['search']['chosen']]
    evaluation = found.get('inside', {}).get('evaluation')
    if evaluation:
        note = f'evaluation of {evaluation["rows"]:,} rows: {evaluation["seconds"]:.1f} s'
        if 'most_rows_seconds' in evaluation:
            note += f'; of {evaluation["most_rows"]:,}, the most: {evaluation["most_rows_seconds"]:.1f} s'
        if 'failed' in evaluation:
            note += f'; of the most rows: failed, {evaluation["failed"]}'
        notes.append(note)
    return with_notes(table(['overhead of a run, s', *runs], rows), notes)


def step(found: dict[str, dict]) -> str:
    """A step by what its kernels do, from the profiler."""
    inside = found.get('inside', {})
    kernels = inside.get('kernels')
    if not kernels:
        return f'a step by kernels: failed: {inside["failed"]}' if 'failed' in inside else ''
    groups = grouped(kernels)
    whole = sum(group['ms'] for group in groups.values())
    rows = [
        [name, number(group['ms'], 2), f'{100 * group["ms"] / whole:.1f}', number(group['calls'])]
        for name, group in groups.items()
    ]
    rows.append(['all', number(whole, 2), '100', number(sum(group['calls'] for group in groups.values()))])
    notes = []
    if 'failed' in inside:
        notes.append(f'then failed: {inside["failed"]}')
    if inside.get('step_ms'):
        share = 100 * whole / inside['step_ms']
        notes.append(
            f'A step without the profiler: {inside["step_ms"]:.1f} ms; kernels are {share:.0f}% of it.'
        )
    for kernel in largest_other(kernels):
        notes.append(f'{OTHER}: {kernel["ms"]:.2f} ms, {kernel["calls"]:.0f} calls, {kernel["name"]}')
    shown = [note[:WIDTH] for note in notes]
    return with_notes(table(['a step by kernels', 'ms', '%', 'calls'], rows), shown)


def presets(found: dict[str, dict]) -> str:
    """The other presets: whether each started, trained and was evaluated."""
    runs = found.get('presets')
    if not runs:
        return ''
    rows = [
        [
            name,
            rate(run.get('tokens_per_second')),
            number(run.get('peak_mb')),
            number(run.get('val_bpb'), 3),
            'failed' if 'failed' in run else number(run.get('overhead_s'), 1),
        ]
        for name, run in runs.items()
    ]
    head = ['presets, at once', 'tokens/s', 'MB', 'val_bpb', 'overhead, s']
    failed = [f'{name}: {run["failed"]}'[:WIDTH] for name, run in runs.items() if 'failed' in run]
    return with_notes(table(head, rows), failed)


def target_table(facts: dict, results: Results) -> str:
    """What was aimed at, beside what was measured."""
    card = facts.get('card') or ''
    hopper = 'H100' in card or 'H200' in card  # the same processor, the latter with faster memory
    rows = [[*row[:3], row[3] if hopper else ''] for row in targets(results.found)]
    text = table(['target (for an H100)', 'wanted', 'measured', ''], rows)
    return with_notes(text, [] if 'H100' in card else [f'This is {card or "no GPU"}, not an H100.'])


def missing(results: Results) -> str:
    """Parts that failed or were not run, each with the reason."""
    lines = [f'failed: {name}: {why}' for name, why in results.failed.items()]
    return '\n'.join([*lines, *(f'not run: {name}: {why}' for name, why in results.not_run.items())])
