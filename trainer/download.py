"""Files of the Hugging Face hub: resumed where they were cut, and checked against the hub's SHA-256."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import re
import ssl
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from failure import Failure, locked, say, write_whole

ATTEMPTS = 6  # in a row without a byte
PAUSE = 2.0  # seconds before the second attempt; doubled for each that follows
LONGEST_PAUSE = 120.0  # seconds; a server may ask for less or more by Retry-After
SILENCE = 60.0  # seconds without a byte before a connection is given up
BLOCK = 2**18  # bytes read at a time


@dataclass(frozen=True)
class Remote:
    """What the hub says of a file. `sha256` is None when it does not say; `etag` names the version."""

    etag: str
    sha256: str | None
    size: int | None  # bytes


class Interrupted(Exception):
    """A transfer that may work when it is tried again; after `pause` seconds if the server said so."""

    def __init__(self, message: str, pause: float | None = None) -> None:
        super().__init__(message)
        self.pause = pause


def download(repository: str, name: str, folder: Path) -> Path:
    """The file of a data set, e.g. ('karpathy/climbmix-400b-shuffle', 'shard_00000.parquet'), in the folder.

    At once when it is there and whole. Bytes arrive in NAME.part, which the next call goes on with, and
    NAME.json keeps size and SHA-256. Raises Failure: not found, refused, no network, a wrong checksum.
    """
    path = folder / name
    with locked(folder / f'{name}.lock'):
        if is_whole(path):
            return path
        url = f'{hub()}/datasets/{repository}/resolve/main/{name}'
        for last in (False, True):
            remote = receive(url, path)
            digest = sha256_of(part_of(path))
            if remote.sha256 in (None, digest):
                break
            part_of(path).unlink()
            if last:
                raise Failure(
                    f'{url} arrived with SHA-256 {digest[:12]}…, the hub says {remote.sha256[:12]}….',
                    'Something on the way changes it (a proxy?). Try again, or from another network.',
                )
            say(f'download   {name} has a wrong checksum; again from the beginning')
        record = {'url': url, 'size': part_of(path).stat().st_size, 'sha256': digest, 'etag': remote.etag}
        part_of(path).replace(path)
        write_whole(record_of(path), json.dumps(record, indent=2).encode())
        version_of(path).unlink(missing_ok=True)
        return path


def hub() -> str:
    """Where the hub is: NIGHTSHIFT_HUB, else HF_ENDPOINT (as its own tools have it), else the public one."""
    named = os.environ.get('NIGHTSHIFT_HUB') or os.environ.get('HF_ENDPOINT') or 'https://huggingface.co'
    if not re.match(r'https?://', named):
        raise Failure(
            f'NIGHTSHIFT_HUB is "{named}".', 'It must be an address such as https://huggingface.co.'
        )
    return named.rstrip('/')


def part_of(path: Path) -> Path:
    """Where bytes arrive."""
    return path.with_name(f'{path.name}.part')


def version_of(path: Path) -> Path:
    """The ETag of what lies in the .part file."""
    return path.with_name(f'{path.name}.part.etag')


def record_of(path: Path) -> Path:
    """Size and SHA-256 of a file that arrived whole."""
    return path.with_name(f'{path.name}.json')


def is_whole(path: Path) -> bool:
    """Whether a file lies there as it arrived, by its SHA-256."""
    try:
        record = json.loads(record_of(path).read_text('utf-8'))
        return path.stat().st_size == record['size'] and sha256_of(path) == record['sha256']
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return False


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    digest = hashlib.sha256()
    with path.open('rb') as file:
        while block := file.read(2**20):
            digest.update(block)
    return digest.hexdigest()


def receive(url: str, path: Path) -> Remote:
    """Brings all bytes of a file into its .part, over as many connections as it takes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    failed, pause = 0, PAUSE
    while True:
        before = size_of(part_of(path))
        try:
            return transfer(url, path)
        except Interrupted as error:
            failed = 0 if size_of(part_of(path)) > before else failed + 1
            if failed == ATTEMPTS:
                raise Failure(
                    f'{url} could not be downloaded: {error}.',
                    'Check the network and run it again; it goes on where it stopped.',
                ) from error
            wait = min(error.pause if error.pause is not None else pause, LONGEST_PAUSE)
            pause = PAUSE if failed == 0 else pause * 2
            say(f'download   {path.name}: {error}; again in {wait:.0f} s')
            time.sleep(wait)


def transfer(url: str, path: Path) -> Remote:
    """One connection: the rest of a file, or all of it when the server or the file has changed its mind."""
    have = size_of(part_of(path))
    request = urllib.request.Request(url, headers={'User-Agent': 'nightshift', 'Accept-Encoding': 'identity'})
    version = version_of(path).read_text('utf-8') if have and version_of(path).exists() else None
    if version:
        request.add_header('Range', f'bytes={have}-')
    redirects = Redirects()
    try:
        with urllib.request.build_opener(redirects).open(request, timeout=SILENCE) as response:
            remote = described([*redirects.headers, response.headers], response.status)
            goes_on = (
                response.status == 206
                and remote.etag == version
                and f'{response.headers["Content-Range"]}'.startswith(f'bytes {have}-')
            )
            if response.status == 206 and not goes_on:
                forget(path)
                raise Interrupted('it changed since it was begun', pause=0)
            if not goes_on:
                forget(path)
                version_of(path).write_text(remote.etag, 'utf-8')
            save(response, path, remote.size)
    except urllib.error.HTTPError as error:
        if error.code == 416:  # all of it, or more than all of it, is there already
            remote = described([*redirects.headers, error.headers], error.code)
            if remote.etag == version and remote.size == have:
                return remote
            forget(path)
            raise Interrupted('it changed since it was begun', pause=0) from error
        raise refused(url, error) from error
    except (
        http.client.HTTPException,
        ssl.SSLError,
        ConnectionError,
        TimeoutError,
        urllib.error.URLError,
    ) as error:
        raise Interrupted(f'{getattr(error, "reason", None) or error or type(error).__name__}') from error
    if remote.size is not None and size_of(part_of(path)) < remote.size:
        raise Interrupted(f'the connection ended after {size_of(part_of(path)):,} of {remote.size:,} bytes')
    return remote


def save(response: http.client.HTTPResponse, path: Path, size: int | None) -> None:
    """Appends what arrives to the .part file, with a line of progress every two seconds."""
    have = first = size_of(part_of(path))
    started = said = time.perf_counter()
    with part_of(path).open('ab') as file:
        while block := response.read(BLOCK):
            file.write(block)
            have += len(block)
            if (now := time.perf_counter()) - said > 2:
                said = now
                share = f'{100 * have / size:.0f}% of {size / 1e6:.0f} MB' if size else f'{have / 1e6:.0f} MB'
                say(f'download   {path.name} {share}, {(have - first) / 1e6 / (now - started):.1f} MB/s')
        file.flush()
        os.fsync(file.fileno())


class Redirects(urllib.request.HTTPRedirectHandler):
    """Keeps the headers of what redirected: the hub names size and SHA-256 there, its storage does not."""

    def __init__(self) -> None:
        self.headers: list[http.client.HTTPMessage] = []

    def redirect_request(self, request, file, code, message, headers, url):
        """A redirect that is followed."""
        self.headers.append(headers)
        return super().redirect_request(request, file, code, message, headers, url)


def described(headers: list[http.client.HTTPMessage], status: int) -> Remote:
    """The file as the headers of a chain of answers describe it."""
    first = lambda name: next((found[name] for found in headers if found[name]), '')  # noqa: E731
    etag = (first('X-Linked-Etag') or first('ETag')).removeprefix('W/').strip('"')
    size = first('X-Linked-Size') or f'{headers[-1]["Content-Range"]}'.rpartition('/')[2]
    if not size.isdigit() and status == 200:
        size = headers[-1]['Content-Length'] or ''
    return Remote(
        etag=etag,
        sha256=etag if re.fullmatch(r'[0-9a-f]{64}', etag) else None,
        size=int(size) if size.isdigit() else None,
    )


def refused(url: str, error: urllib.error.HTTPError) -> Exception:
    """What an HTTP status means: try again, or say what is wrong."""
    if error.code in (408, 425, 429) or error.code >= 500:
        after = error.headers.get('Retry-After', '')
        return Interrupted(f'the server answers {error.code}', float(after) if after.isdigit() else None)
    if error.code == 404:
        return Failure(
            f'{url} does not exist (404).', 'The data set has moved; NIGHTSHIFT_HUB names another hub.'
        )
    return Failure(
        f'{url} was refused ({error.code}).', 'Look at it in a browser; NIGHTSHIFT_HUB names a mirror.'
    )


def forget(path: Path) -> None:
    """Throws away what arrived."""
    part_of(path).unlink(missing_ok=True)
    version_of(path).unlink(missing_ok=True)


def size_of(path: Path) -> int:
    """Bytes of a file; 0 when it is not there."""
    return path.stat().st_size if path.exists() else 0
