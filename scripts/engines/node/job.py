"""What a runner is told: a `Job` of scripts/engines/local/job.ts."""

import json
from typing import Any, Literal, NamedTuple

from failure import Failure

# Printed before the command is started; from then on the job is given to no other process.
begun = 'begun'

# The number of the socket that connects run and evaluator, in both.
socket_number = 3


class Frozen(NamedTuple):
    """Frozen files, which are hashed after the run: hashes before it, by path."""

    folder: str
    hashes: dict[str, str]


class EvaluationFolder(NamedTuple):
    """The folder of an evaluator: hashes of its files and targets of its links, by path with `/`."""

    folder: str
    hashes: dict[str, str]
    links: dict[str, str]


class EvaluatorJob(NamedTuple):
    """What a runner is told of an evaluator. `seconds`: how long it may take after the run."""

    # `serve`: started with the run, and connected to it. `after`: started when the run has ended well.
    form: Literal['serve', 'after']
    argv: list[str]
    cwd: str
    env: dict[str, str]
    log: str
    # NIGHTSHIFT_EVAL, in a folder of its own, which is made before and removed after.
    file: str
    # Path of a file that identifies its process, as `owner` of the job does the runner's.
    owner: str
    # Value of NIGHTSHIFT_RUN in the environment of its processes.
    mark: str
    seconds: float
    frozen: EvaluationFolder
    # NIGHTSHIFT_OUTPUT of `after`; else None.
    output: str | None


class Job(NamedTuple):
    """One run. The paths are those of this machine."""

    # Private key that signs what the runner writes (Ed25519, PKCS#8, DER in base64).
    key: str
    argv: list[str]
    cwd: str
    env: dict[str, str]
    log: str
    exit: str
    # Path of owner.json, in which the runner identifies itself; signed.
    owner: str
    # Value of NIGHTSHIFT_RUN in the environment of every descendant.
    mark: str
    timeout_seconds: float
    frozen: Frozen
    evaluator: EvaluatorJob | None


def evaluator_mark(mark: str) -> str:
    """NIGHTSHIFT_RUN of the processes of the evaluator of the run with this mark."""
    return f'{mark}-evaluator'


def read_job(text: bytes) -> Job:
    """The job that is the text. Raises Failure, which names no value: one is the key."""
    try:
        value = json.loads(text.decode('utf-8', 'replace'))
    except ValueError:
        raise _no_job('it is not JSON') from None
    return job_of(value)


def job_of(value: object) -> Job:
    """The job that a parsed JSON text is. Raises Failure, which names no value."""
    try:
        return _job(value)
    except TypeError:
        raise _no_job('a key is missing, or has another type') from None


def _no_job(why: str) -> Failure:
    return Failure(
        f'Standard input is not the job of a run: {why}. '
        'The harness writes it, and may have been killed while it did; the run is then made again.',
        exit_code=2,
    )


def _job(value: object) -> Job:
    given = _object(value)
    if _object_or_none(given, 'relay') is not None:
        raise Failure('The job has a relay, and there is none on a node: a relay needs Node.js.', exit_code=2)
    frozen = _object(given.get('frozen'))
    evaluator = _object_or_none(given, 'evaluator')
    return Job(
        key=_text(given, 'key'),
        argv=_argv(given),
        cwd=_text(given, 'cwd'),
        env=_texts(given, 'env'),
        log=_text(given, 'log'),
        exit=_text(given, 'exit'),
        owner=_text(given, 'owner'),
        mark=_text(given, 'mark'),
        timeout_seconds=_positive(given, 'timeoutSeconds'),
        frozen=Frozen(_text(frozen, 'folder'), _texts(frozen, 'hashes')),
        evaluator=None if evaluator is None else _evaluator(evaluator),
    )


def _evaluator(given: dict[str, Any]) -> EvaluatorJob:
    form = given.get('form')
    if form not in ('serve', 'after'):
        raise TypeError
    frozen = _object(given.get('frozen'))
    output = given.get('output')
    return EvaluatorJob(
        form=form,
        argv=_argv(given),
        cwd=_text(given, 'cwd'),
        env=_texts(given, 'env'),
        log=_text(given, 'log'),
        file=_text(given, 'file'),
        owner=_text(given, 'owner'),
        mark=_text(given, 'mark'),
        seconds=_seconds(given, 'seconds'),
        frozen=EvaluationFolder(_text(frozen, 'folder'), _texts(frozen, 'hashes'), _texts(frozen, 'links')),
        output=None if output is None else _text(given, 'output'),
    )


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError
    return value


def _object_or_none(given: dict[str, Any], key: str) -> dict[str, Any] | None:
    value = given.get(key)
    return None if value is None else _object(value)


def _text(given: dict[str, Any], key: str) -> str:
    value = given.get(key)
    if not isinstance(value, str):
        raise TypeError
    return value


def _texts(given: dict[str, Any], key: str) -> dict[str, str]:
    values = _object(given.get(key))
    if not all(isinstance(value, str) for value in values.values()):
        raise TypeError
    return values


def _argv(given: dict[str, Any]) -> list[str]:
    words = given.get('argv')
    if not isinstance(words, list) or not words or not all(isinstance(word, str) for word in words):
        raise TypeError
    return words


def _positive(given: dict[str, Any], key: str) -> float:
    value = _seconds(given, key)
    if value == 0:
        raise TypeError
    return value


def _seconds(given: dict[str, Any], key: str) -> float:
    value = given.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        raise TypeError
    return value
