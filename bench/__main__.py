"""All tables that need no peers, in two minutes: ``python -m bench``. For the peers there is bench.edge_peers."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TABLES = {
    "edge_cpu": "The edge: CPU of a login, and of its parts",
    "logins": "The function logins: cold start, warm login, calls to DynamoDB",
    "bytecode": "The layers: what their bytecode saves a cold start",
}


def main() -> int:
    """Each in a process of its own, so that none finds the other's modules and memory warm."""
    for name, title in TABLES.items():
        print(f"\n## {title}\n", flush=True)
        done = subprocess.run([sys.executable, "-m", f"bench.{name}"], cwd=ROOT, check=False)
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
