"""What runs on a node: `python3 FOLDER VERB …`. Needs Python 3.10 or later, and nothing that is installed.

A verb prints its result on standard output. What it expects to go wrong is one line on standard error.
"""

import sys

from dispatch import call_verb

if __name__ == '__main__':
    sys.exit(call_verb(sys.argv[1:]))
