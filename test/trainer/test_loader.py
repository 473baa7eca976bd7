"""Rows: packed by best fit, all text once an epoch, alike for a seed."""

import itertools
import threading

import numpy as np
import pytest
import torch

import loader
import prepare

CPU = torch.device('cpu')


def split_of_lengths(lengths: list[int]) -> loader.Split:
    """Documents of these many text tokens; no token but END_OF_TEXT (0) comes twice."""
    starts = np.cumsum([0, *(n + 1 for n in lengths)])
    tokens = np.arange(starts[-1])
    tokens[starts[:-1]] = 0
    return loader.Split(tokens, starts[:-1], 0)


def rows(split: loader.Split, size: int, count: int, seed: int = 1) -> list[list[int]]:
    batches = prepare.batches(split, 1, size - 1, seed, CPU)
    found = itertools.islice(batches, count)
    return [[*inputs[0].tolist(), targets[0, -1].item()] for inputs, targets in found]


def test_targets_are_the_inputs_one_token_on():
    inputs, targets = next(prepare.batches(split_of_lengths([50] * 9), 3, 16, 7, CPU))
    assert inputs.shape == targets.shape == (3, 16)
    assert inputs.dtype == targets.dtype == torch.int64
    assert torch.equal(inputs[:, 1:], targets[:, :-1])


def test_every_row_begins_with_the_end_of_the_text_before_it():
    assert all(row[0] == 0 for row in rows(split_of_lengths([3, 7, 40, 12, 25] * 4), 11, 60))


def test_a_document_that_fits_is_not_cut_and_one_that_is_long_comes_in_pieces_of_a_row():
    found = rows(split_of_lengths([9, 25]), 10, 3)
    assert sorted(row[1] for row in found) == [1, 11, 20]
    assert all(row == [0, *range(row[1], row[1] + 9)] for row in found)


def test_the_longest_piece_that_fits_comes_next_and_the_shortest_is_cut_when_none_fits():
    packed, left = loader.pack([(0, 5), (10, 13), (20, 22), (30, 39), (40, 46)], 10)
    # In tokens with END_OF_TEXT: 6, 4, 3, 10, 7. 10 alone; 7 and 3; 6 and 4.
    assert packed == [[(30, 39)], [(40, 46), (20, 22)], [(0, 5), (10, 13)]]
    assert left == []
    assert loader.pack([(0, 5), (10, 16)], 10) == ([[(10, 16), (0, 2)]], [(2, 5)])


def test_all_text_comes_once_before_any_comes_again():
    lengths = np.random.default_rng(3).integers(1, 60, 200).tolist()
    split = split_of_lengths(lengths)
    found, seen = rows(split, 32, sum(lengths) // 31 - 8), []
    for row in found:
        seen += [token for token in row if token]
    assert len(set(seen)) == len(seen)
    assert len(seen) > 0.9 * sum(lengths)


def test_rows_are_alike_for_a_seed_and_mixed_otherwise(data):
    one, again, other = (rows(data.split('train'), 65, 6, seed) for seed in (5, 5, 6))
    assert one == again
    assert one != other


def test_later_epochs_have_another_order():
    found = rows(split_of_lengths([9] * 30), 10, 60)
    assert sorted(found[:30]) == sorted(found[30:])
    assert found[:30] != found[30:]


def test_documents_of_far_places_are_mixed(monkeypatch):
    monkeypatch.setattr(loader, 'CHUNK', 20)
    monkeypatch.setattr(loader, 'POOL', 3)
    found = rows(split_of_lengths([9] * 100), 10, 100)
    assert len({row[1] for row in found}) == 100
    assert len({row[1] // 200 for row in found[:6]}) > 1


def test_a_split_shorter_than_a_row_names_the_context():
    with pytest.raises(prepare.Failure, match='MAX_SEQ_LEN is 10') as failure:
        next(prepare.batches(split_of_lengths([9]), 1, 10, 1, CPU))
    assert 'below the 10 tokens' in failure.value.advice


def test_batches_made_ahead_are_the_same_and_their_thread_ends_with_them(data):
    plain = itertools.islice(loader.stacked(data.split('train'), 2, 16, 1), 20)
    made = loader.ahead(loader.stacked(data.split('train'), 2, 16, 1), pin=False)
    assert all(torch.equal(a, b) for a, b in zip(plain, made, strict=False))
    (thread,) = (thread for thread in threading.enumerate() if thread.name == 'loader')
    made.close()
    thread.join(5)
    assert not thread.is_alive()


def test_what_fails_while_making_ahead_fails_where_it_is_asked_for():
    def broken():
        yield torch.zeros(1)
        raise prepare.Failure('broken', 'mend it')

    made = loader.ahead(broken(), pin=False)
    next(made)
    with pytest.raises(prepare.Failure, match='broken'):
        next(made)
