"""What an app imports as `modal`, as far as the recipe's uses it: a volume is a folder, a function runs here."""

import os
import sys
from pathlib import Path


class Volume:
    def __init__(self, name):
        self.path = Path(os.environ['STANDIN_HOME'], 'volumes', name)

    @staticmethod
    def from_name(name, create_if_missing=False):
        return Volume(name)

    def commit(self):
        pass


class Image:
    @staticmethod
    def debian_slim(python_version):
        return Image()


class Function:
    def __init__(self, body, volumes):
        self.body, self.volumes = body, volumes
        self.spawned = None

    def spawn(self, *arguments):
        self.spawned.append(arguments)

    def raw(self, *arguments):
        # This machine has no mounts of its own: the volume lies in a folder of the test.
        ((_, volume),) = self.volumes.items()
        self.body.__globals__['MOUNT'] = str(volume.path)
        self.body(*arguments)


class App:
    def __init__(self, name):
        self.name = name

    def function(self, image, gpu, timeout, volumes):
        assert timeout > 0 and sys.version_info >= (3, 10)
        return lambda body: Function(body, volumes)

    def local_entrypoint(self):
        return lambda body: body
