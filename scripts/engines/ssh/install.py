"""Puts the runner on a host: a tar of its modules on standard input becomes ROOT/node.

The argument is [mark, root, stamp, python] as JSON in base64. Prints {root, has, python}, without `~`.
"""

import base64
import json
import os
import shutil
import sys
import tarfile
import tempfile


def install(root, stamp):
    """Returns the names in the root. Modules with the same stamp stay: a runner may be loading them."""
    folder = os.path.join(root, 'node')
    os.makedirs(os.path.dirname(root), mode=0o700, exist_ok=True)
    # As layout.py has it: `clean` removes no folder without it.
    marker = os.path.join(root, '.nightshift')
    try:
        os.mkdir(root, 0o700)
    except FileExistsError:
        # Others may write where it lies, and must not lead us elsewhere.
        if os.path.islink(root) or not os.path.isdir(root) or os.lstat(root).st_uid != os.getuid():
            sys.exit('error: ' + root + ' is not a folder of yours: name another one as `root`')
        if not os.path.exists(marker) and os.listdir(root):
            sys.exit('error: ' + root + ' was not made by Nightshift: name another one as `root`')
        os.chmod(root, 0o700)
    with open(marker, 'a'):
        pass
    if not is_there(folder, stamp):
        put(root, folder, stamp)
    return sorted(os.listdir(root))


def is_there(folder, stamp):
    """Whether the modules are those of this stamp."""
    try:
        with open(os.path.join(folder, 'stamp')) as file:
            return file.read() == stamp
    except FileNotFoundError:
        return False


def put(root, folder, stamp):
    """Replaces the modules. The tar has plain files only."""
    made = tempfile.mkdtemp(prefix='.node-', dir=root)
    with tarfile.open(fileobj=sys.stdin.buffer, mode='r|') as tar:
        for entry in tar:
            source = tar.extractfile(entry)
            if os.path.basename(entry.name) != entry.name or source is None:
                sys.exit('error: the runner has an entry ' + entry.name)
            with open(os.path.join(made, entry.name), 'wb') as file:
                shutil.copyfileobj(source, file)
    with open(os.path.join(made, 'stamp'), 'w') as file:
        file.write(stamp)
    if os.path.exists(folder):
        os.rename(folder, os.path.join(made, 'earlier'))
    os.rename(made, folder)
    shutil.rmtree(os.path.join(folder, 'earlier'), ignore_errors=True)


mark, root, stamp, python = json.loads(base64.b64decode(sys.argv[1]).decode())
root = os.path.expanduser(root)
try:
    # An older Python must come as far as this line.
    if sys.version_info < (3, 10):  # noqa: UP036
        found = '.'.join(str(part) for part in sys.version_info[:3])
        sys.exit('error: its Python is ' + found + ', and 3.10 or later is needed: name one as `python`')
    has = install(root, stamp)
except OSError as error:
    sys.exit('error: ' + root + ': ' + (error.strerror or str(error)))
answer = {'root': root, 'has': has, 'python': os.path.expanduser(python)}
sys.stdout.write(mark + '\n' + json.dumps(answer))
