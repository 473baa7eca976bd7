"""The verbs, and how one is called."""

import importlib
import sys

from failure import Failure

# Each verb with the module whose `main(arguments)` it calls. No other is loaded: loading takes time.
verbs = {
    'cancel': 'cancel',
    'clean': 'clean',
    'end': 'end',
    'execute': 'execute',
    'facts': 'facts',
    'fetch': 'fetch',
    'listen': 'listen',
    'once': 'once',
    'poll': 'poll',
    'put': 'put',
    'remove': 'remove',
    'run': 'run',
    'serve': 'serve',
    'setup': 'setup',
    'submit': 'submit',
}


def call_verb(arguments: 'list[str]') -> int:  # Quoted: an older Python shall reach the line that says so.
    """Calls a verb. Returns the exit code."""
    try:
        if sys.version_info < (3, 10):  # noqa: UP036
            found = '.'.join(str(part) for part in sys.version_info[:3])
            raise Failure(f'Python {found} runs this, and 3.10 is needed: name a newer one as `python`.')
        verb, *rest = arguments or ['']
        if verb not in verbs:
            raise Failure(f'There is no verb "{verb}": there are {", ".join(verbs)}.')
        importlib.import_module(verbs[verb]).main(rest)
        return 0
    except Failure as failure:
        print(f'error: {failure}', file=sys.stderr)
        return failure.exit_code
    except OSError as error:
        # Of the machine: a full disk, missing rights, a file server that is gone.
        print(f'error: {error}.', file=sys.stderr)
        return 1
