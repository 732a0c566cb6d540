"""What can keep the local cloud from coming up, each as one sentence that says what to do."""


class LocalCloudError(Exception):
    """The local cloud could not be made; its text is for people."""


class PortInUseError(LocalCloudError):
    """Somebody else listens on the port."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"Port {port} of {host} is in use; stop what listens there, or choose another with --port."
        )


class NotSetUpError(LocalCloudError):
    """The emulator's environment is not there."""

    def __init__(self) -> None:
        super().__init__('The local cloud is not set up on this machine; run "make setup" first.')
