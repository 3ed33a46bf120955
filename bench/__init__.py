"""Benchmarks: they measure, they do not judge. The functions are no installed package, so they are found from here."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "functions"))
