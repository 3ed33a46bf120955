"""The real enrolment function behind a loopback HTTP server that verifies Signature Version 4 as AWS does."""

import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.functions.enrollment.gateway import Gateway
from tests.functions.enrollment.world import World

REGION = "eu-west-1"
KEY_ID = "AKIAEXAMPLE"
SECRET_KEY = "an example of a secret access key"


class _Quiet(WSGIRequestHandler):
    def get_environ(self) -> dict[str, str]:
        environ: dict[str, str] = super().get_environ()
        return environ | {"REQUEST_URI": self.path}

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's own name
        """Requests are what tests look at, not a log."""


class _Threading(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True


@contextmanager
def serving(world: World) -> Iterator[str]:
    """The URL of a server around one world."""
    with _Threading(("127.0.0.1", 0), _Quiet) as server:
        server.set_app(Gateway(world, verify_signature))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def verify_signature(method: str, target: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Recompute the signature over what arrived, with the one key that exists."""
    authorization = headers.get("authorization", "")
    if not authorization.startswith(f"AWS4-HMAC-SHA256 Credential={KEY_ID}/"):
        return False
    signed = authorization.split("SignedHeaders=")[1].split(",")[0].split(";")
    assert {"host", "x-amz-date"} <= set(signed)
    request = AWSRequest(
        method=method,
        url=f"http://{headers['host']}{target}",
        data=body,
        headers={name: headers[name] for name in signed},
    )
    request.context["timestamp"] = headers["x-amz-date"]
    signer = SigV4Auth(Credentials(KEY_ID, SECRET_KEY), "execute-api", REGION)
    expected = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    return authorization.endswith(f"Signature={expected}")
