"""A generated history in the data folder of a server that is stopped, or in files: by the program `demo-data`."""

import os
import subprocess
from pathlib import Path

from cairn_server import REPOSITORY

BINARY = Path(os.environ.get("CAIRN_DEMO_DATA_BIN", REPOSITORY / "target" / "debug" / "demo-data"))


def generate(account, *, events, days, seed=1, end_s, data=None, files=None):
    """Equal arguments make equal events, wherever they go."""
    assert BINARY.exists(), f"{BINARY} is not there: run `cargo build -p bench --bin demo-data`"
    plan = ["--events", events, "--days", days, "--seed", seed, "--end", end_s, "--account", account]
    place = ["--data", data] if data else ["--files", files]
    done = subprocess.run([BINARY, *map(str, plan + place)], capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, f"demo-data ended with {done.returncode}: {done.stderr}"
    return done.stdout
