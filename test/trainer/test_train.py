"""A run: the budget, the summary block, the same numbers twice, and ends that are not good."""

import itertools
import re
import threading
import weakref

import pytest
import torch
from conftest import TINY

import loader
import prepare
import train

CPU = torch.device('cpu')
BLOCK = re.compile(
    r'^---\n'
    r'val_bpb:          \d+\.\d{6}\n'
    r'training_seconds: \d+\.\d\n'
    r'total_seconds:    \d+\.\d\n'
    r'peak_vram_mb:     \d+\.\d\n'
    r'mfu_percent:      \d+\.\d\d\n'
    r'total_tokens_M:   \d+\.\d\n'
    r'num_steps:        \d+\n'
    r'num_params_M:     \d+\.\d\n'
    r'depth:            \d+\n'
    r'(holdout_bpb:      \d+\.\d{6}\n)?'
    r'mfu_causal_percent: \d+\.\d\d\n\Z',
    re.MULTILINE,
)


def test_a_run_ends_with_the_summary_block_and_prints_what_was_measured(run_process, measured):
    done = run_process(NIGHTSHIFT_STEPS='4')
    assert done.returncode == 0, done.stderr
    block = BLOCK.search(done.stdout)
    assert block
    assert block[1] is None
    assert f'val_bpb:          {measured()["val_bpb"]:.6f}\n' in block[0]
    assert 'num_steps:        4\n' in block[0]


def test_the_holdout_is_a_line_after_the_block_when_it_is_asked_for(run, measured):
    block = BLOCK.search(run(NIGHTSHIFT_SPLITS='val,holdout'))
    assert block
    assert block[1] == f'holdout_bpb:      {measured()["holdout_bpb"]:.6f}\n'


def test_two_runs_of_one_seed_agree_to_the_last_digit_and_another_seed_differs(run, measured):
    scores = []
    for seed in ['5', '5', '6']:
        run(NIGHTSHIFT_SEED=seed)
        scores.append(measured()['val_bpb'])
    assert scores[0] == scores[1] != scores[2]


def test_training_lowers_the_score(run, measured):
    run(NIGHTSHIFT_STEPS='1')
    before = measured()['val_bpb']
    run(NIGHTSHIFT_STEPS='60')
    assert measured()['val_bpb'] < before - 0.1


def test_the_curve_is_thinned_lines_of_step_seconds_and_loss(run, tmp_path):
    curve = tmp_path / 'curve.csv'
    run(NIGHTSHIFT_CURVE=str(curve), NIGHTSHIFT_STEPS='500')
    rows = [line.split(',') for line in curve.read_text().splitlines()]
    steps, seconds = [int(row[0]) for row in rows], [float(row[1]) for row in rows]
    assert 150 <= len(rows) <= 300
    assert steps[0] == 1
    assert steps == sorted(set(steps))
    assert seconds == sorted(seconds)
    assert float(rows[-1][2]) < float(rows[0][2])


def test_a_loss_that_is_no_number_is_a_crash(run_process):
    done = run_process({'MATRIX_LR': 1e38}, NIGHTSHIFT_STEPS='50')
    assert done.returncode != 0
    assert re.search(r'^error: The loss is (nan|inf) at step \d+\.$', done.stderr, re.MULTILINE)
    assert '---' not in done.stdout


@pytest.mark.parametrize('arguments', [['--warmup'], ['--help'], ['--warm-up', '60']])
def test_an_argument_that_it_does_not_know_starts_no_training(arguments):
    with pytest.raises(prepare.Failure, match=f'train.py was called with {" ".join(arguments)}'):
        train.run(*arguments)


def test_memory_that_runs_out_is_one_clear_error(run_process):
    done = run_process(preset={'TOTAL_BATCH_SIZE': 2**48, 'DEVICE_BATCH_SIZE': 2**44})
    assert done.returncode == 2
    assert 'error: Out of memory.' in done.stderr
    assert 'Lower DEVICE_BATCH_SIZE' in done.stderr
    assert 'Traceback' not in done.stderr


def test_memory_that_torch_cannot_allocate_is_the_same_failure(monkeypatch):
    monkeypatch.setattr(train, 'main', lambda: torch.empty(2**50))
    with pytest.raises(prepare.Failure, match='Out of memory'):
        train.run()


def test_other_runtime_errors_keep_their_traceback(monkeypatch):
    monkeypatch.setattr(train, 'main', lambda: torch.ones(2) @ torch.ones(3))
    with pytest.raises(RuntimeError, match='size'):
        train.run()


def test_a_budget_that_is_no_number_is_refused(run):
    with pytest.raises(prepare.Failure, match='NIGHTSHIFT_BUDGET_S is "5m"'):
        run(NIGHTSHIFT_BUDGET_S='5m')


class Clock:
    """A clock that stands still but for what a step takes."""

    def __init__(self) -> None:
        self.now = 100.0

    def perf_counter(self) -> float:
        return self.now


def model(**preset) -> train.GPT:
    torch.manual_seed(1)
    return train.GPT(train.configure({**TINY, **preset}), 400, torch.float32)


def random_batches(rows: int = 2, each=lambda: None):
    """Endless batches of random tokens; calls `each` before one is made."""
    chance = torch.Generator().manual_seed(1)
    while True:
        each()
        tokens = torch.randint(400, (rows, 17), generator=chance)
        yield tokens[:, :-1], tokens[:, 1:]


def trained(built: train.GPT, budget: float = 1.0, steps: int | None = None) -> tuple[int, float]:
    """Steps and seconds of a model's training on random batches."""
    return train.train(built, train.warm_up(built, random_batches()), budget, steps)


@pytest.mark.usefixtures('small')
@pytest.mark.parametrize(('budget', 'steps'), [(3.5, 4), (4.0, 4), (0.2, 1), (0.0, 1)])
def test_training_stops_at_the_first_step_that_ends_past_the_budget(monkeypatch, budget, steps):
    clock = Clock()
    monkeypatch.setattr(train, 'time', clock)
    batches = random_batches(each=lambda: setattr(clock, 'now', clock.now + 1.0))
    built = model()
    start = train.warm_up(built, batches)
    assert train.train(built, start, budget, None) == (steps, float(steps))


@pytest.mark.usefixtures('small')
def test_a_budget_of_real_seconds_is_kept_to_one_step():
    steps, seconds = trained(model(), 0.3)
    assert seconds >= 0.3
    assert seconds - 0.3 <= max(0.02 * 0.3, 5 * seconds / steps)  # one slow step of a busy machine


@pytest.mark.usefixtures('small')
def test_the_gradients_of_a_step_in_pieces_are_those_of_all_its_rows_at_once():
    found = []
    inputs, targets = next(random_batches(rows=4))
    for rows, cuts in ((4, [slice(4)]), (2, [slice(2), slice(2, 4)])):
        built = model(TOTAL_BATCH_SIZE=64, DEVICE_BATCH_SIZE=rows)
        assert built.config.grad_accum_steps == len(cuts)
        for parameter in built.parameters():
            torch.nn.init.normal_(parameter, std=0.2)
        start = train.warm_up(built, random_batches(rows=4))
        loss = sum(start.backward(inputs[cut], targets[cut]) for cut in cuts)
        found.append([loss, *(p.grad for p in built.parameters())])
    assert all(torch.allclose(one, other, atol=1e-5) for one, other in zip(*found, strict=True))


@pytest.mark.usefixtures('small')
def test_warming_up_leaves_weights_gradients_and_optimizer_as_they_were():
    built = model()
    before = [p.detach().clone() for p in built.parameters()]
    optimizer = train.warm_up(built, random_batches()).optimizer
    assert all(torch.equal(p, value) for p, value in zip(built.parameters(), before, strict=True))
    assert all(p.grad is None for p in built.parameters())
    assert not any(mean.any() for mean, _ in optimizer.muon_state)


@pytest.mark.usefixtures('small')
def test_what_cannot_be_compiled_is_said_and_trained_without(monkeypatch, capsys):
    from torch._dynamo.exc import BackendCompilerFailed

    def compiler(function, **settings):
        assert settings == {'dynamic': False, 'fullgraph': True}

        def broken(*_):
            raise BackendCompilerFailed(compiler, RuntimeError('no Triton here'), None)

        return broken

    expected = trained(model(), steps=3)[0]
    monkeypatch.setattr(torch, 'compile', compiler)
    plain, built = model(), model(compile=True)
    assert trained(built, steps=3)[0] == expected
    assert 'not compiled: ' in capsys.readouterr().out
    trained(plain, steps=3)
    assert all(torch.equal(a, b) for a, b in zip(built.parameters(), plain.parameters(), strict=True))


class Full(torch.OutOfMemoryError):
    """Memory that runs out, as torch says it on a card."""

    def __init__(self) -> None:
        super().__init__('CUDA out of memory. Tried to allocate 2.00 GiB.')


def limited_to(monkeypatch, rows: int, calls: list[int] | None = None) -> None:
    """Memory for a number of rows per forward pass."""
    loss_of = train.mean_loss

    def loss(model, inputs, targets):
        if calls is not None:
            calls.append(len(inputs))
        if len(inputs) > rows:
            raise Full
        return loss_of(model, inputs, targets)

    monkeypatch.setattr(train, 'mean_loss', loss)


@pytest.mark.usefixtures('small')
def test_memory_that_runs_out_at_the_start_halves_the_rows_and_the_step_stays_the_same(monkeypatch, capsys):
    whole, halved = (model(TOTAL_BATCH_SIZE=64, DEVICE_BATCH_SIZE=4) for _ in range(2))
    for built in (whole, halved):
        torch.manual_seed(1)
        for parameter in built.parameters():  # a fresh model's first gradients are rounding errors in part
            torch.nn.init.normal_(parameter, std=0.2)
    train.train(whole, train.start_up(whole, random_batches), 1.0, 3)
    capsys.readouterr()
    limited_to(monkeypatch, rows=2)
    start = train.start_up(halved, random_batches)
    assert capsys.readouterr().out == (
        'out of memory at the start: DEVICE_BATCH_SIZE 4 → 2; a step keeps its tokens, 2 × 2 × 16\n'
    )
    assert (halved.config.device_batch_size, halved.config.total_batch_size) == (2, 64)
    train.train(halved, start, 1.0, 3)
    for one, other in zip(whole.parameters(), halved.parameters(), strict=True):
        assert torch.allclose(
            one, other, atol=1e-3
        )  # AdamW moves by up to 0.6 what rounding moves in gradients


@pytest.mark.usefixtures('small')
def test_memory_is_halved_once_and_not_below_a_row(monkeypatch):
    calls = []
    limited_to(monkeypatch, rows=1, calls=calls)
    with pytest.raises(torch.OutOfMemoryError):
        train.start_up(model(TOTAL_BATCH_SIZE=64, DEVICE_BATCH_SIZE=4), random_batches)
    assert calls == [4, 2]
    limited_to(monkeypatch, rows=0)
    with pytest.raises(torch.OutOfMemoryError):
        train.start_up(model(TOTAL_BATCH_SIZE=16, DEVICE_BATCH_SIZE=1), random_batches)


@pytest.mark.usefixtures('small')
def test_a_failed_start_leaves_no_tensors_and_no_thread(monkeypatch):
    limited_to(monkeypatch, rows=2)
    monkeypatch.setattr(train.gc, 'collect', lambda: None)
    optimizer, made = train.MuonAdamW, []

    def noted(model):
        made.append(weakref.ref(found := optimizer(model)))
        return found

    monkeypatch.setattr(train, 'MuonAdamW', noted)
    built = model(TOTAL_BATCH_SIZE=64, DEVICE_BATCH_SIZE=4)
    before = [p.detach().clone() for p in built.parameters()]
    tokens = (torch.zeros(4, 17, dtype=torch.int64) for _ in itertools.count())

    def batches(rows):
        return ((batch[:rows, :-1], batch[:rows, 1:]) for batch in loader.ahead(tokens, pin=False))

    start = train.start_up(built, batches)
    assert [ref() for ref in made] == [None, start.optimizer]
    threads = [thread for thread in threading.enumerate() if thread.name == 'loader']
    threads[0].join(5)
    assert sum(thread.is_alive() for thread in threads) == 1
    assert all(torch.equal(p, value) for p, value in zip(built.parameters(), before, strict=True))


@pytest.mark.usefixtures('small')
@pytest.mark.parametrize('error', [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory")])
def test_memory_of_the_host_that_runs_out_at_the_start_halves_the_rows_too(monkeypatch, error):
    def batches(rows):
        if rows > 2:
            raise error
        yield from random_batches(rows)

    built = model(TOTAL_BATCH_SIZE=64, DEVICE_BATCH_SIZE=4)
    train.start_up(built, batches)
    assert built.config.device_batch_size == 2


@pytest.mark.usefixtures('small')
def test_memory_that_runs_out_while_it_compiles_halves_the_rows_and_still_compiles(monkeypatch, capsys):
    from torch._dynamo.exc import BackendCompilerFailed

    def compiler(function, **_):
        def compiled(*inputs):
            if function is train.head_loss and inputs[2].shape[0] > 2:
                raise BackendCompilerFailed(compiler, RuntimeError('CUDA out of memory.'), None)
            return function(*inputs)

        return compiled

    monkeypatch.setattr(torch, 'compile', compiler)
    built = model(TOTAL_BATCH_SIZE=64, DEVICE_BATCH_SIZE=4, compile=True)
    train.start_up(built, random_batches)
    assert 'DEVICE_BATCH_SIZE 4 → 2' in capsys.readouterr().out
    assert built.compiled is not None
    assert built.compiled_shape == (2, 16)


@pytest.mark.usefixtures('small')
def test_an_error_at_the_start_that_is_not_about_memory_is_raised(monkeypatch):
    def loss(model, inputs, targets):
        preallocated = torch.ones(2)
        raise RuntimeError(f'preallocate: {preallocated}')

    monkeypatch.setattr(train, 'mean_loss', loss)
    with pytest.raises(RuntimeError, match='preallocate'):
        train.start_up(model(TOTAL_BATCH_SIZE=64, DEVICE_BATCH_SIZE=4), random_batches)


@pytest.mark.usefixtures('small')
def test_memory_that_runs_out_in_training_ends_the_run(monkeypatch):
    built = model()
    start = train.start_up(built, random_batches)
    limited_to(monkeypatch, rows=1)
    with pytest.raises(torch.OutOfMemoryError):
        train.train(built, start, 1.0, 3)


@pytest.mark.usefixtures('small')
@pytest.mark.parametrize(
    ('steps', 'rows', 'expected'), [(1, 6, (2, 3)), (2, 9, (6, 3)), (3, 5, (15, 1)), (1, 1, None)]
)
def test_half_the_rows_are_parts_of_equal_size(steps, rows, expected):
    config = train.replace(model().config, grad_accum_steps=steps, device_batch_size=rows)
    found = train.with_half_the_rows(config)
    assert (found and (found.grad_accum_steps, found.device_batch_size)) == expected


def test_a_run_says_how_long_its_stages_took_and_the_warm_up_trains_nothing(run, capsys):
    *_, line = (line for line in run().splitlines() if line.startswith('time: '))
    stages = ['import', 'data', 'model', 'warm-up', 'training', 'evaluation']
    assert re.fullmatch('time: ' + ', '.join(rf'{stage} \d+\.\d s' for stage in stages), line)
    train.run('--warm-up')
    assert capsys.readouterr().out == 'preset cpu compiles nothing\n'


def test_the_warm_up_of_a_preset_that_compiles_ends_before_it_trains(run, monkeypatch, capsys):
    monkeypatch.setitem(train.PRESETS, 'cpu', {**TINY, 'compile': True})
    monkeypatch.setattr(torch, 'compile', lambda function, **_: function)
    train.run('--warm-up')
    *_, line = (out := capsys.readouterr().out).splitlines()
    assert re.fullmatch(r'time: import .* s, data .* s, model .* s, warm-up .* s', line)
    assert 'step ' not in out


class Event:
    """A stand-in for a CUDA event on a device that takes a second a step and is `behind` the program."""

    steps = -1

    def __init__(self, enable_timing: bool) -> None:
        assert enable_timing
        self.waited = False

    def record(self) -> None:
        Event.steps += 1
        self.at = Event.steps

    def synchronize(self) -> None:
        self.waited = True

    def elapsed_time(self, end: 'Event') -> float:
        assert end.waited
        return 1000.0 * (end.at - self.at)


@pytest.fixture
def card(monkeypatch):
    """The progress of a run as on CUDA, its events and pinned memory stood in for."""
    monkeypatch.setattr(Event, 'steps', -1)
    monkeypatch.setattr(torch.cuda, 'Event', Event)
    empty = torch.empty
    monkeypatch.setattr(torch, 'empty', lambda size, pin_memory: empty(size))
    return lambda budget: train.Progress(torch.device('cuda'), budget, None)


def test_on_cuda_a_step_is_read_two_steps_later_and_the_budget_is_kept_to_one(card):
    progress = card(5.5)
    known = []
    while not progress.is_over():
        progress.add(torch.tensor(1.0))
        known.append(progress.finished)
    assert known == [1, 1, 2, 2, 3, 4]
    assert (progress.steps, progress.finished, progress.seconds) == (6, 6, 6.0)


def test_on_cuda_a_loss_that_is_no_number_still_ends_the_run(card):
    progress = card(100.0)
    for loss in (1.0, float('nan')):
        progress.add(torch.tensor(loss))
    with pytest.raises(prepare.Failure, match='The loss is nan at step 1'):
        progress.add(torch.tensor(1.0))
    progress = card(2.0)
    for loss in (1.0, float('nan')):
        progress.add(torch.tensor(loss))
    with pytest.raises(prepare.Failure, match='The loss is nan at step 1'):
        progress.is_over()


def test_the_rate_of_a_card_in_the_data_sheets_is_used_in_bf16_alone(monkeypatch):
    monkeypatch.setattr(prepare, 'device_name', lambda device: 'NVIDIA H100 80GB HBM3')
    assert train.peak_flops(CPU, torch.bfloat16) == 989.5e12
    assert train.peak_flops(CPU, torch.float32) < 989.5e12
    monkeypatch.setattr(prepare, 'device_name', lambda device: 'NVIDIA H100 PCIe')
    assert train.peak_flops(CPU, torch.bfloat16) == 756e12


def test_the_preset_is_printed_before_training(run):
    first, second, *_ = run().splitlines()
    assert first == (
        "preset cpu: DEPTH = 1, HEAD_DIM = 8, MAX_SEQ_LEN = 16, WINDOW_PATTERN = 'L', SOFTCAP = 0.0, "
        'TOTAL_BATCH_SIZE = 32, DEVICE_BATCH_SIZE = 2, LR_SCALE = 1.0'
    )
    assert second.startswith('model: n_layer 1, n_embd 16, n_head 2, windows 16, ')
    assert second.endswith('torch.float32; batch: 1 × 2 × 16 tokens')
