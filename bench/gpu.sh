#!/bin/sh
# What the trainer does on this machine's GPU, in one table; `sh bench/gpu.sh --help`. Needs Python with torch,
# numpy and tokenizers, the folders trainer/ and bench/, and no network. $TRAINER_PYTHON names another Python.
bench=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd) || exit 2
for python in "${TRAINER_PYTHON:-}" "$bench/../trainer/.venv/bin/python" python3 python; do
  [ -n "$python" ] || continue
  find='import importlib.util, sys; sys.exit(importlib.util.find_spec("torch") is None)'
  "$python" -c "$find" 2>/dev/null && exec "$python" "$bench/trainer/gpu.py" "$@"
  [ "$python" = "${TRAINER_PYTHON:-}" ] && break
done
echo 'error: No Python with torch was found.' >&2
echo '       Set TRAINER_PYTHON to one, or make trainer/.venv as trainer/README.md says.' >&2
exit 2
