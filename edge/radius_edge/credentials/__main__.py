"""``python -m radius_edge.credentials``: print what botocore finds, as a credential_process document, and end."""

import json
import sys
from datetime import datetime
from typing import Final

from botocore.exceptions import BotoCoreError
from botocore.session import Session

NOT_FOUND: Final = 3


def main() -> int:
    try:
        document = find()
    except BotoCoreError as error:  # its texts name providers and profiles, not secrets
        print(f"cannot get AWS credentials: {error}", file=sys.stderr)  # noqa: T201 - this program's output
        return NOT_FOUND
    if document is None:
        print("no AWS credentials: give the edge a role, or AWS_ACCESS_KEY_ID and its secret", file=sys.stderr)  # noqa: T201
        return NOT_FOUND
    print(json.dumps(document))  # noqa: T201 - read by the parent through a pipe
    return 0


def find() -> dict[str, object] | None:
    credentials = Session().get_credentials()
    if credentials is None:
        return None
    frozen = credentials.get_frozen_credentials()
    document: dict[str, object] = {
        "Version": 1,
        "AccessKeyId": frozen.access_key,
        "SecretAccessKey": frozen.secret_key,
    }
    if frozen.token:
        document["SessionToken"] = frozen.token
    expiry = getattr(credentials, "_expiry_time", None)  # botocore shows the expiry nowhere else
    if isinstance(expiry, datetime):
        document["Expiration"] = expiry.isoformat()
    return document


if __name__ == "__main__":
    sys.exit(main())
