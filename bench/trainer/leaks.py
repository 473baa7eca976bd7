"""How small a leak the evaluator's check finds, and how often it accuses an honest model, by simulation.

    python leaks.py [--rows 96] [--context 256] [--tries 100] [--honest 2000]

Text is of a made-up language with a memory of two tokens, mixed with a uniform share; the honest model knows
its probabilities. A cheat sees the next token at some positions and gives it a share of the probability. For
each kind of leak, sizes are tried until one is found in 99 of 100 evaluations, each with another secret; what
it gains is printed too. The last cheat knows the check but not its secret: it raises the token that it sees
and leaves all in their order. Needs numpy alone.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / 'trainer'))

import leak_plan
from leak_check import LIMIT, evidence

VOCABULARY, BRANCHES, UNIFORM = 2048, 24, 0.05
MIX = np.uint64(0x9E3779B97F4A7C15)


class Language:
    """Each two tokens are followed by one of BRANCHES, whose probabilities differ in steepness by context."""

    def __init__(self, seed: int = 1) -> None:
        self.seed = np.uint64(seed)

    def hashed(self, *parts: np.ndarray) -> np.ndarray:
        """A number from 0 to below 1 for each combination of whole numbers."""
        found = np.full(np.broadcast_shapes(*(np.shape(part) for part in parts)), self.seed * MIX)
        for part in parts:
            found = (found ^ np.asarray(part).astype(np.uint64)) * MIX
            found ^= found >> np.uint64(29)
            found *= np.uint64(0xBF58476D1CE4E5B9)
            found ^= found >> np.uint64(32)
        return (found >> np.uint64(11)).astype(float) / 2**53

    def branches(self, before: np.ndarray, now: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Tokens that may follow, and their probabilities, [..., BRANCHES]."""
        # A quarter of the contexts share what follows the last token alone.
        before = np.where(self.hashed(now, 7) < 0.25, 0, before % 64)[..., None]
        rank = np.arange(BRANCHES)
        tokens = (self.hashed(before, now[..., None], rank) ** 2 * (VOCABULARY - 1)).astype(np.int64) + 1
        steep = 0.2 + 3.5 * self.hashed(before, now[..., None], 99)
        weight = (rank + 1.0) ** -steep
        return tokens, weight / weight.sum(-1, keepdims=True)

    def text(self, rows: int, context: int) -> np.ndarray:
        """Rows of tokens, uint16 [rows, context + 1], each after the token 0."""
        chance = np.random.default_rng(1)
        out = np.zeros((rows, context + 1), np.int64)
        for place in range(1, context + 1):
            tokens, weight = self.branches(out[:, max(place - 2, 0)], out[:, place - 1])
            draw = (weight.cumsum(-1) < chance.random((rows, 1))).sum(-1).clip(max=BRANCHES - 1)
            uniform = chance.integers(1, VOCABULARY, rows)
            out[:, place] = np.where(
                chance.random(rows) < UNIFORM, uniform, np.take_along_axis(tokens, draw[:, None], 1)[:, 0]
            )
        return out.astype(np.uint16)

    def probabilities(self, inputs: np.ndarray, asked: np.ndarray) -> np.ndarray:
        """Probabilities of the tokens asked [rows, context, n] after inputs [rows, context]."""
        now = inputs.astype(np.int64)
        before = np.concatenate((np.zeros((len(now), 1), np.int64), now[:, :-1]), 1)
        found = np.full(asked.shape, UNIFORM / (VOCABULARY - 1))
        for row in range(len(now)):  # bounds memory
            tokens, weight = self.branches(before[row], now[row])
            same = tokens[:, None, :] == asked[row][:, :, None]
            found[row] += (1 - UNIFORM) * (same * weight[:, None, :]).sum(-1)
        return found

    def next_above(self, inputs: np.ndarray, probability: np.ndarray) -> np.ndarray:
        """The smallest probability of a token above each of these [rows, context]; 1 where there is none."""
        now = inputs.astype(np.int64)
        before = np.concatenate((np.zeros((len(now), 1), np.int64), now[:, :-1]), 1)
        found = np.empty(probability.shape)
        for row in range(len(now)):  # bounds memory
            tokens, _ = self.branches(before[row], now[row])
            all_of = self.probabilities(inputs[row][None], tokens[None])[0]
            above = all_of > probability[row][:, None] * (1 + 1e-9)
            found[row] = np.where(above, all_of, 1.0).min(-1)
        return found


@dataclass
class Evaluation:
    """One evaluation with its own secret, and the honest probabilities of target, shown and hidden token."""

    plan: leak_plan.Plan
    honest: np.ndarray
    calls: np.ndarray
    above: np.ndarray  # the next larger probability than that of the token shown


def evaluation(language: Language, windows: np.ndarray, size: int) -> Evaluation:
    """An evaluation with a new secret, in calls of `size` rows."""
    planned = leak_plan.plan(windows, 0, secrets.token_bytes(16), 'simulated')
    shown = np.concatenate((planned.inputs[:, 1:], planned.targets[:, -1:]), 1)
    asked = np.stack((planned.targets, shown, planned.hidden), -1).astype(np.int64)
    calls = np.random.default_rng().permutation(len(windows)) // size
    honest = language.probabilities(planned.inputs, asked)
    return Evaluation(planned, honest, calls, language.next_above(planned.inputs, honest[..., 1]))


def cheated(of: Evaluation, where: np.ndarray, share: float | np.ndarray) -> np.ndarray:
    """ln-probabilities of a model that gives the next token that it sees a share, where it sees it."""
    sees = np.stack((~of.plan.replaced, np.ones_like(where), np.zeros_like(where)), -1)
    share = np.where(where, share, 0.0)[..., None]
    return np.log((1 - share) * of.honest + share * sees)


# A leak of some size: where the next token is seen, and the share of the probability it gets.
Leak = Callable[[Evaluation, float], tuple[np.ndarray, float | np.ndarray]]


def at_positions(of: Evaluation, size: float) -> tuple[np.ndarray, float]:
    """Sees at a share of positions, spread over all."""
    return np.random.default_rng().random(of.plan.replaced.shape) < size, 0.98


def in_calls(of: Evaluation, size: float) -> tuple[np.ndarray, float]:
    """Sees in some calls."""
    return np.broadcast_to((of.calls < round(size))[:, None], of.plan.replaced.shape), 0.98


def in_rows(of: Evaluation, size: float) -> tuple[np.ndarray, float]:
    """Sees in some rows."""
    rows = np.random.default_rng().permutation(len(of.calls)) < round(size)
    return np.broadcast_to(rows[:, None], of.plan.replaced.shape), 0.98


def at_the_end(of: Evaluation, size: float) -> tuple[np.ndarray, float]:
    """Sees at the last positions of each row."""
    context = of.plan.replaced.shape[1]
    return np.broadcast_to(np.arange(context) >= context - round(size), of.plan.replaced.shape), 0.98


def mixed(of: Evaluation, size: float) -> tuple[np.ndarray, float]:
    """Gives the next token a small share everywhere."""
    return np.ones_like(of.plan.replaced), size


def where_plausible(of: Evaluation, size: float) -> tuple[np.ndarray, float]:
    """Sees everywhere, and uses it where it is at least this probable anyway."""
    seen = np.where(of.plan.replaced, of.honest[..., 1], of.honest[..., 0])
    return seen > size, 0.98


def in_order(of: Evaluation, size: float) -> tuple[np.ndarray, np.ndarray]:
    """Raises what it sees towards the next likelier token, a part of the way in nats, and never past it.

    What the language gives to all tokens alike stays, for they have no order.
    """
    honest = of.honest[..., 1]
    raised = honest * (0.9999 * of.above / honest) ** size
    is_ordered = honest > 1.001 * UNIFORM / (VOCABULARY - 1)
    return is_ordered, np.maximum((raised - honest) / (1 - honest), 0.0)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--rows', type=int, default=96)
    parser.add_argument('--context', type=int, default=256)
    parser.add_argument('--size', type=int, default=16, help='rows of a call')
    parser.add_argument('--tries', type=int, default=100)
    parser.add_argument('--honest', type=int, default=2000)
    wanted = parser.parse_args()
    language = Language()
    windows = language.text(wanted.rows, wanted.context)
    started = time.perf_counter()
    made = [evaluation(language, windows, wanted.size) for _ in range(wanted.tries)]
    first = made[0]
    print(
        f'{wanted.rows} rows of {wanted.context} tokens: {first.plan.replaced.mean():.2%} replaced, '
        f'{first.plan.scored.mean():.1%} scored, {-np.log(first.honest[..., 0]).mean():.3f} nats a token, '
        f'{(time.perf_counter() - started) / wanted.tries:.2f} s an evaluation'
    )
    calls = first.calls.max() + 1
    kinds: dict[str, tuple[Leak, list[float]]] = {
        'share of positions': (at_positions, [0.005, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5]),
        'calls': (in_calls, sorted({1, 2, 3, 4, calls // 2})),
        'rows': (in_rows, [1, 2, 3, 4, 6, 8, 12, 16, 24]),
        'last positions': (at_the_end, [4, 8, 16, 32, 64, 128]),
        'share of probability': (mixed, [1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3]),
        'used if this probable': (where_plausible, [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.03, 0.01]),
        'of the way to the next likelier': (in_order, [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7, 1.0]),
    }
    for name, (leak, sizes) in kinds.items():
        for size in sizes:
            found = gained = 0.0
            for of in made:
                where, share = leak(of, size)
                logs = cheated(of, where, share)
                found += evidence(of.plan, logs, of.calls).leaks
                difference = (logs[..., 0] - np.log(of.honest[..., 0]))[of.plan.scored].mean()
                gained += difference / -np.log(of.honest[..., 0])[of.plan.scored].mean()
            print(
                f'  {name} {size:g}: found {found / len(made):.0%}, gains {gained / len(made):.2%} of loss',
                flush=True,
            )
            if found >= 0.99 * len(made):
                break
    if wanted.honest:
        print(honest(language, windows, wanted.size, wanted.honest))


def honest(language: Language, windows: np.ndarray, size: int, tries: int) -> str:
    """How often honest models are accused, and the largest factor of their stakes."""
    kinds: dict[str, Callable[[Evaluation], np.ndarray]] = {
        'knows the language': lambda of: np.log(of.honest),
        'nearly certain': lambda of: 8 * np.log(of.honest),
        'barely trained': lambda of: 0.05 * np.log(of.honest),
        'heavy tails': lambda of: np.tan(np.pi * (language.hashed(*identity(of)) - 0.5)),
        'certain, often wrong': lambda of: -40.0 * (language.hashed(*identity(of)) < 0.5),
    }
    factors: dict[str, list[float]] = {name: [] for name in kinds}
    for _ in range(tries):
        of = evaluation(language, windows, size)
        for name, model in kinds.items():
            factors[name].append(evidence(of.plan, model(of), of.calls).factor)
    return '\n'.join(
        f'  honest, {name}: {sum(factor >= LIMIT for factor in found)} of {tries} accused, '
        f'largest factor {max(found):.3g}'
        for name, found in factors.items()
    )


def identity(of: Evaluation) -> tuple[np.ndarray, ...]:
    """Numbers that say which token is asked for after which context."""
    return of.plan.inputs[..., None], (of.honest * 2**40).astype(np.int64)


if __name__ == '__main__':
    main()
