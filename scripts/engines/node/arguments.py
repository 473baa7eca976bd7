"""Arguments of a verb."""

from typing import NamedTuple

from failure import Failure


class Arguments(NamedTuple):
    """`values`: those without a name, in their order."""

    values: list[str]
    options: dict[str, str]
    flags: set[str]


def read_arguments(
    verb: str,
    given: list[str],
    *,
    values: list[str],
    options: tuple[str, ...] = (),
    flags: tuple[str, ...] = (),
) -> Arguments:
    """`values`: names of those that must be there. Raises Failure."""
    found = Arguments([], {}, set())
    left = list(given)
    while left:
        word = left.pop(0)
        if word in flags:
            found.flags.add(word)
        elif word in options and left:
            found.options[word] = left.pop(0)
        elif word.startswith('--'):
            raise Failure(f'`{verb}` has no option "{word}", or it has no value.', 2)
        else:
            found.values.append(word)
    if len(found.values) != len(values):
        raise Failure(f'`{verb}` takes {" ".join(values)}, and got {len(found.values)} of them.', 2)
    return found


def seconds_of(name: str, text: str | None) -> float | None:
    """A number of seconds. Raises Failure."""
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e11:
        raise Failure(f'{name} is "{text[:80]}", and must be a number of seconds.', 2)
    return value
