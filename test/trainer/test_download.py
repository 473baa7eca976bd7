"""Downloads from a real server on this machine, which cuts, refuses, lies and redirects as networks do."""

import hashlib
import http.server
import json
import random
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest
from conftest import TRAINER

import download
import prepare

CONTENT = random.Random(1).randbytes(700_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Hub(http.server.BaseHTTPRequestHandler):
    """Redirects to its storage, as the hub does; what goes wrong there next is in the server's `faults`."""

    def do_GET(self):
        server = self.server
        server.asked.append((self.path, self.headers['Range']))
        fault = server.faults.pop(0) if server.faults and self.path.startswith('/storage') else None
        if self.path.startswith('/datasets/'):
            self.answer(302, {'Location': f'/storage{self.path}', 'X-Linked-Etag': f'"{server.etag}"'})
        elif isinstance(fault, int):
            self.answer(fault, {'Retry-After': '0'})
        else:
            self.storage(fault)

    def storage(self, fault):
        server, wanted = self.server, re.fullmatch(r'bytes=(\d+)-', self.headers['Range'] or '')
        first = int(wanted[1]) if wanted and server.ranges else 0
        size = len(server.content)
        if first >= size:
            return self.answer(416, {'Content-Range': f'bytes */{size}'})
        body = server.content[first:]
        headers = {'Content-Length': str(len(body))}
        if wanted and server.ranges:
            headers['Content-Range'] = f'bytes {first}-{size - 1}/{size}'
        self.answer(206 if wanted and server.ranges else 200, headers)
        if fault == 'cut':
            body = body[: len(body) // 2]
        if fault == 'wrong':
            body = bytes(len(body))
        if fault == 'slow':
            self.wfile.write(body[:400_000])
            self.wfile.flush()
            server.over.wait()
        self.wfile.write(body)

    def answer(self, status, headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Hub)
    server.content, server.etag, server.ranges, server.faults, server.asked = CONTENT, SHA256, True, [], []
    server.over = threading.Event()
    server.daemon_threads = True
    server.block_on_close = False
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    monkeypatch.setenv('NIGHTSHIFT_HUB', f'http://127.0.0.1:{server.server_port}')
    monkeypatch.setattr(download, 'PAUSE', 0.0)
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()


def fetch(folder: Path) -> Path:
    return download.download('owner/set', 'shard.parquet', folder)


def ranges(server) -> list[str | None]:
    return [found for path, found in server.asked if path.startswith('/storage')]


def test_a_file_arrives_whole_with_its_record_and_is_not_asked_for_again(server, tmp_path):
    assert fetch(tmp_path).read_bytes() == CONTENT
    record = json.loads((tmp_path / 'shard.parquet.json').read_text())
    assert (record['size'], record['sha256']) == (len(CONTENT), SHA256)
    assert server.asked[0][0] == '/datasets/owner/set/resolve/main/shard.parquet'
    fetch(tmp_path)
    assert len(server.asked) == 2
    assert not list(tmp_path.glob('*.part*'))


def test_a_cut_connection_goes_on_where_it_stopped(server, tmp_path):
    server.faults = ['cut', 'cut']
    assert fetch(tmp_path).read_bytes() == CONTENT
    assert ranges(server) == [None, 'bytes=350000-', 'bytes=525000-']


def test_a_server_without_ranges_is_asked_for_all_of_it_again(server, tmp_path):
    server.ranges, server.faults = False, ['cut']
    assert fetch(tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize('status', [429, 503])
def test_a_busy_server_is_asked_again(server, tmp_path, capsys, status):
    server.faults = [status, status]
    assert fetch(tmp_path).read_bytes() == CONTENT
    assert f'the server answers {status}; retrying in 0 s' in capsys.readouterr().err


def test_a_server_that_stays_busy_is_given_up_with_advice(server, tmp_path):
    server.faults = [503] * 20
    with pytest.raises(prepare.Failure, match='the server answers 503') as failure:
        fetch(tmp_path)
    assert len(ranges(server)) == download.ATTEMPTS
    assert 'resumes where it stopped' in failure.value.advice


@pytest.mark.parametrize(('status', 'message'), [(404, 'does not exist'), (403, r'was refused \(403\)')])
def test_what_does_not_exist_or_is_refused_is_said_at_once(server, tmp_path, status, message):
    server.faults = [status]
    with pytest.raises(prepare.Failure, match=message):
        fetch(tmp_path)
    assert len(ranges(server)) == 1


def test_no_server_is_one_clear_error(server, tmp_path, monkeypatch):
    monkeypatch.setenv('NIGHTSHIFT_HUB', 'http://127.0.0.1:9')
    with pytest.raises(prepare.Failure, match=r'could not be downloaded: .*refused'):
        fetch(tmp_path)


def test_bytes_that_are_wrong_once_are_fetched_again(server, tmp_path):
    server.faults = ['wrong']
    assert fetch(tmp_path).read_bytes() == CONTENT


def test_bytes_that_stay_wrong_are_an_error_and_no_file(server, tmp_path):
    server.faults = ['wrong', 'wrong']
    with pytest.raises(prepare.Failure, match=f'the hub says {SHA256[:12]}'):
        fetch(tmp_path)
    assert not (tmp_path / 'shard.parquet').exists()
    assert fetch(tmp_path).read_bytes() == CONTENT


def test_a_file_that_changed_on_the_hub_is_begun_anew(server, tmp_path, monkeypatch):
    monkeypatch.setattr(download, 'ATTEMPTS', 1)
    server.faults = ['cut', 503]
    with pytest.raises(prepare.Failure):
        fetch(tmp_path)
    server.content = CONTENT[::-1]
    server.etag = hashlib.sha256(server.content).hexdigest()
    server.faults = []
    monkeypatch.setattr(download, 'ATTEMPTS', 2)
    assert fetch(tmp_path).read_bytes() == server.content


def test_a_file_damaged_on_this_disk_is_fetched_again(server, tmp_path):
    fetch(tmp_path).write_bytes(bytes(len(CONTENT)))
    assert fetch(tmp_path).read_bytes() == CONTENT


def test_a_killed_process_is_continued_by_the_next(server, tmp_path):
    server.faults = ['slow']
    code = f"""
        import sys; from pathlib import Path; sys.path.insert(0, {str(TRAINER)!r}); import download
        download.BLOCK = 50_000
        download.download('owner/set', 'shard.parquet', Path({str(tmp_path)!r}))
    """
    process = subprocess.Popen([sys.executable, '-c', textwrap.dedent(code)])
    part = tmp_path / 'shard.parquet.part'
    while not (part.exists() and part.stat().st_size >= 250_000):
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    have = part.stat().st_size
    assert fetch(tmp_path).read_bytes() == CONTENT
    assert ranges(server) == [None, f'bytes={have}-']


def test_a_process_killed_after_the_last_byte_needs_no_byte_more(server, tmp_path):
    (tmp_path / 'shard.parquet.part').write_bytes(CONTENT)
    (tmp_path / 'shard.parquet.part.etag').write_text(SHA256)
    assert fetch(tmp_path).read_bytes() == CONTENT


def test_a_disk_that_fills_up_during_a_download_is_one_clear_error(server, tmp_path):
    code = f"""
        import resource, sys; from pathlib import Path; sys.path.insert(0, {str(TRAINER)!r}); import prepare
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
        sys.exit(prepare.guarded(lambda: prepare.prepare('climbmix:1', 300, Path({str(tmp_path)!r}))))
    """
    done = subprocess.run([sys.executable, '-c', textwrap.dedent(code)], capture_output=True, text=True)
    assert done.returncode == 2
    assert '\nerror: The disk is full' in done.stderr
    assert 'Traceback' not in done.stderr


def test_an_address_that_is_none_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv('NIGHTSHIFT_HUB', 'mirror')
    with pytest.raises(prepare.Failure, match='NIGHTSHIFT_HUB is "mirror"'):
        fetch(tmp_path)
