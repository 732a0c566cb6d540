"""The AWS emulator as a process: started, waited for, and gone with everything that it started."""

import errno
import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from infra.local_cloud.clients import HOST, REGION
from infra.local_cloud.errors import LocalCloudError, NotSetUpError, PortInUseError

READY_WITHIN_SECONDS = 30.0

# What of this machine's environment the emulator and the functions see: how to find programs, and
# how to get out to real providers. No AWS account of the user's, and nothing else.
_INHERITED = (
    *("PATH", "LANG", "LC_ALL", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"),
    *("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"),
)


class Emulator:
    """One emulator on one port of this machine, with a folder of its own that goes with it."""

    def __init__(self, *, python: Path, host: str, port: int, log_file: Path) -> None:
        """Starts it and waits until it answers.

        Raises:
            NotSetUpError: Its environment is not there.
            PortInUseError: Somebody else listens on the port.
            LocalCloudError: The port cannot be used, or it did not come up; the log file says why.
        """
        self._host = host
        self.port = port or _free_port(host)
        self._log_file = log_file
        _require_free(host, self.port)
        self._process = _start(python, host, self.port, log_file)
        try:
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Ends it, every function it runs, and its folder."""
        if self._process.stdin:
            self._process.stdin.close()
        # Without a limit: nothing can refuse to be killed, but a busy disk takes its time over the folder.
        self._process.wait()

    def wait(self) -> None:
        """Returns when it ended by itself."""
        self._process.wait()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            if _answers(self._host, self.port):
                return
            time.sleep(0.05)
        raise LocalCloudError(f"The AWS emulator did not come up; see {self._log_file}.")


def _start(python: Path, host: str, port: int, log_file: Path) -> subprocess.Popen[bytes]:
    program = python.with_name("ministack")
    if not program.exists():
        raise NotSetUpError
    keeper = Path(__file__).with_name("keeper.py")
    with log_file.open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-I", str(keeper), str(program)],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=_environment(host, port),
            start_new_session=True,
        )


def _environment(host: str, port: int) -> dict[str, str]:
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    no_proxy = ",".join(filter(None, [os.environ.get("NO_PROXY"), HOST, host, "localhost"]))
    return inherited | {
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
        "TMPDIR": tempfile.gettempdir(),
        "GATEWAY_PORT": str(port),
        "BIND_HOST": host,
        "MINISTACK_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        # Further listeners of the emulator, which nothing here needs.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # It would look for containers of its own and remove them; none is used or touched here.
        "DOCKER_HOST": "unix:///no-docker.sock",
        "PYTHONUNBUFFERED": "1",
    }


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _require_free(host: str, port: int) -> None:
    with socket.socket() as probe:
        # As a server does: a port that is only waiting out its last connections is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortInUseError(host, port) from error
            raise LocalCloudError(
                f"Port {port} of {host} cannot be listened on ({error.strerror}); choose another with --port."
            ) from error


def _answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=1)
    try:
        connection.request("GET", "/_ministack/ready")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
