"""The table of --loss: val_bpb of each seed, ours beside karpathy/autoresearch's."""

from __future__ import annotations

from statistics import mean, stdev

from measuring.schedule import Results
from measuring.table import heading, missing, number, rate, table


def loss_report(facts: dict, results: Results, notes: list[str]) -> str:
    """Machine, a row for each seed and side, and the difference of the means with its standard error."""
    rows, values = [], {'ours': [], 'his': []}
    for name, run in results.found.items():
        side, _, seed = name.partition(' ')
        if side in values and run.get('val_bpb') is not None:
            values[side].append(run['val_bpb'])
            rows.append(
                [
                    f'{"ours" if side == "ours" else "karpathy"}, seed {seed}',
                    number(run['val_bpb'], 4),
                    rate(run.get('tokens_per_second')),
                    number(run.get('steps')),
                    number(run.get('peak_mb')),
                    number(run.get('overhead_s'), 1),
                ]
            )
    head = ['60 s of training', 'val_bpb', 'tokens/s', 'steps', 'MB', 'overhead, s']
    said = results.found.get('data', {}).get('said', [])
    sections = [heading(facts, [*notes, *said]), table(head, sorted(rows)) if rows else '']
    sections += [difference(values['ours'], values['his']), missing(results)]
    return '\n\n'.join(section for section in sections if section)


def difference(ours: list[float], his: list[float]) -> str:
    """Ours minus his, with the standard error of the difference of means; empty without both."""
    if not ours or not his:
        return ''
    change = mean(ours) - mean(his)
    text = f'val_bpb, ours minus karpathy: {change:+.4f}'
    if len(ours) > 1 and len(his) > 1:
        error = (stdev(ours) ** 2 / len(ours) + stdev(his) ** 2 / len(his)) ** 0.5
        text += f' ± {error:.4f} (standard error; {len(ours)} and {len(his)} seeds)'
    return f'{text}\nwanted: no worse; {"met" if change <= 0 else "missed"}'
