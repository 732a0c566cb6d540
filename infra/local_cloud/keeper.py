"""Runs a program until standard input closes, then ends it and everything that it started.

Standard input is a pipe of which the starter holds the other end, so that it closes when the
starter says so, and just as well when the starter is killed: nothing is left running either way.

    python keeper.py PROGRAM [ARGUMENT ...]

The program has a folder of its own for all its files, which is removed at the end. It is not asked
to end: what it holds is thrown away.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading


def main(*command: str) -> None:
    folder = tempfile.mkdtemp(prefix="orderbus-local-cloud-")
    # A session of its own: Ctrl-C in a terminal reaches the starter, which then stops in order.
    program = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        cwd=folder,
        env=os.environ | {"HOME": folder, "TMPDIR": folder},
        start_new_session=True,
    )
    threading.Thread(target=_end_with_input, args=(program.pid,), daemon=True).start()
    # Not reaped before its group is gone, so that the number cannot belong to anybody else.
    os.waitid(os.P_PID, program.pid, os.WEXITED | os.WNOWAIT)
    _end(program.pid)
    shutil.rmtree(folder, ignore_errors=True)
    sys.exit(program.wait() != 0)


def _end_with_input(group: int) -> None:
    sys.stdin.buffer.read()
    _end(group)


def _end(group: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main(*sys.argv[1:])
