"""Runs an unchanged train.py of karpathy/autoresearch with the stand-ins of this folder.

python run.py PATH/train.py

This folder comes first on the path, where `python PATH/train.py` would find his own prepare.py.
"""

import runpy
import sys

if __name__ == '__main__':
    runpy.run_path(sys.argv[1], run_name='__main__')
