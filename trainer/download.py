"""Downloads from the Hugging Face hub: resumed after an interruption, verified by the hub's SHA-256."""

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

ATTEMPTS = 6  # consecutive attempts without a new byte
PAUSE = 2.0  # seconds before the second attempt; doubles with each further one
LONGEST_PAUSE = 120.0  # seconds; also limits Retry-After
SILENCE = 60.0  # read timeout, seconds
BLOCK = 2**18  # bytes per read


@dataclass(frozen=True)
class Remote:
    """A file as the hub describes it. `etag` identifies its version; `sha256` is None if not sent."""

    etag: str
    sha256: str | None
    size: int | None  # bytes


class Interrupted(Exception):
    """A transfer error worth retrying; after `pause` seconds if the server sent Retry-After."""

    def __init__(self, message: str, pause: float | None = None) -> None:
        super().__init__(message)
        self.pause = pause


def download(repository: str, name: str, folder: Path) -> Path:
    """Path in the folder of a file of a data set, e.g. of 'karpathy/tinystories-gpt4-clean'.

    Returns at once when the file is there and its checksum matches. NAME.part holds a partial download, which
    the next call resumes, NAME.json the size and SHA-256. Raises Failure when the file does not exist, is
    refused or has a wrong checksum, and when the network fails repeatedly.
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
                    'A proxy may change it. Try again, or from another network.',
                )
            say(f'download   {name} has a wrong checksum; starting over')
        record = {'url': url, 'size': part_of(path).stat().st_size, 'sha256': digest, 'etag': remote.etag}
        part_of(path).replace(path)
        write_whole(record_of(path), json.dumps(record, indent=2).encode())
        version_of(path).unlink(missing_ok=True)
        return path


def hub() -> str:
    """Address of the hub: NIGHTSHIFT_HUB, else HF_ENDPOINT as for the hub's own tools, else the default."""
    named = os.environ.get('NIGHTSHIFT_HUB') or os.environ.get('HF_ENDPOINT') or 'https://huggingface.co'
    if not re.match(r'https?://', named):
        raise Failure(
            f'NIGHTSHIFT_HUB is "{named}".', 'It must be an address such as https://huggingface.co.'
        )
    return named.rstrip('/')


def part_of(path: Path) -> Path:
    """The partial download."""
    return path.with_name(f'{path.name}.part')


def version_of(path: Path) -> Path:
    """File with the ETag of the .part file."""
    return path.with_name(f'{path.name}.part.etag')


def record_of(path: Path) -> Path:
    """File with size and SHA-256 of a complete download."""
    return path.with_name(f'{path.name}.json')


def is_whole(path: Path) -> bool:
    """Whether a file is complete and unchanged, by its size and SHA-256."""
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
    """Downloads a file into its .part, retrying. Raises Failure after ATTEMPTS without a new byte."""
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
                    'Check the network and run it again; it resumes where it stopped.',
                ) from error
            wait = min(error.pause if error.pause is not None else pause, LONGEST_PAUSE)
            pause = PAUSE if failed == 0 else pause * 2
            say(f'download   {path.name}: {error}; retrying in {wait:.0f} s')
            time.sleep(wait)


def transfer(url: str, path: Path) -> Remote:
    """One request: the rest of a file, or all of it if the file changed or the server ignores Range."""
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
                raise Interrupted('the file changed during the download', pause=0)
            if not goes_on:
                forget(path)
                version_of(path).write_text(remote.etag, 'utf-8')
            save(response, path, remote.size)
    except urllib.error.HTTPError as error:
        if error.code == 416:  # range not satisfiable: the .part is complete, or longer than the file
            remote = described([*redirects.headers, error.headers], error.code)
            if remote.etag == version and remote.size == have:
                return remote
            forget(path)
            raise Interrupted('the file changed during the download', pause=0) from error
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
    """Appends the response to the .part file and prints progress every two seconds."""
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
    """Keeps the headers of redirects: the hub sends size and SHA-256 there, its storage does not."""

    def __init__(self) -> None:
        self.headers: list[http.client.HTTPMessage] = []

    def redirect_request(self, request, file, code, message, headers, url):
        """Follows a redirect."""
        self.headers.append(headers)
        return super().redirect_request(request, file, code, message, headers, url)


def described(headers: list[http.client.HTTPMessage], status: int) -> Remote:
    """The file as described by the headers of a chain of responses."""
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
    """The exception for an HTTP status: Interrupted where a retry may help, else Failure."""
    if error.code in (408, 425, 429) or error.code >= 500:
        after = error.headers.get('Retry-After', '')
        return Interrupted(f'the server answers {error.code}', float(after) if after.isdigit() else None)
    if error.code == 404:
        return Failure(
            f'{url} does not exist (404).', 'The data set has moved; NIGHTSHIFT_HUB names another hub.'
        )
    return Failure(
        f'{url} was refused ({error.code}).', 'Open it in a browser; NIGHTSHIFT_HUB names a mirror.'
    )


def forget(path: Path) -> None:
    """Removes a partial download."""
    part_of(path).unlink(missing_ok=True)
    version_of(path).unlink(missing_ok=True)


def size_of(path: Path) -> int:
    """Size of a file in bytes; 0 when it does not exist."""
    return path.stat().st_size if path.exists() else 0
