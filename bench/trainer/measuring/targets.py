"""What the trainer is meant to reach on an H100, and whether it did."""

from __future__ import annotations

NOT_MEASURED = '-'


def targets(found: dict[str, dict]) -> list[tuple[str, str, str, str]]:
    """Rows of (target, wanted, measured, "met" or "missed"); from what the parts found."""

    def value(part: str, name: str) -> float | None:
        return found.get(part, {}).get(name)

    half, his = value('half', 'tokens_per_second'), value('karpathy', 'tokens_per_second')
    quarter = value('quarter', 'tokens_per_second')
    return [
        at_least(
            "tokens/s, windows 1/2, times karpathy's", half / his if half and his else None, 1.05, '{:.3f}'
        ),
        at_least('tokens/s, windows 1/4 (aim 1.917M)', quarter and quarter / 1e6, 1.75, '{:.3f}M'),
        at_most('overhead warm (was 18.5 s)', value('warm', 'overhead_s'), 10, '{:.1f} s'),
        at_most('overhead cold (was 80 s)', value('cold', 'overhead_s'), 30, '{:.1f} s'),
        at_most('peak memory (was 26,091 MB)', value('warm', 'peak_mb'), 50_000, '{:,.0f} MB'),
        ('overhead in a session of 60 s runs', '<= 12 s', 'not here', ''),
        ("val_bpb after 60 s beside karpathy's", 'no worse', 'by --loss', ''),
    ]


def at_least(name: str, value: float | None, wanted: float, form: str) -> tuple[str, str, str, str]:
    """A target that is met from `wanted` up."""
    return row(name, f'>= {form.format(wanted)}', value, form, value is not None and value >= wanted)


def at_most(name: str, value: float | None, wanted: float, form: str) -> tuple[str, str, str, str]:
    """A target that is met up to `wanted`."""
    return row(name, f'<= {form.format(wanted)}', value, form, value is not None and value <= wanted)


def row(name: str, wanted: str, value: float | None, form: str, met: bool) -> tuple[str, str, str, str]:
    """A row; NOT_MEASURED without a value."""
    if value is None:
        return name, wanted, NOT_MEASURED, ''
    return name, wanted, form.format(value), 'met' if met else 'missed'
