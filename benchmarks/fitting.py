"""How long it takes, and how much memory, to read and fit a log: `python -m benchmarks.fitting --rows 1e7`.

The log is a history of W1 that this module generates, as CSV or Parquet (`--shape log`: our own log, 5.3 rows a
customer; `--shape events`: what a process log holds, 6.3 rows a customer, each with one time in whole seconds).
Reading and fitting happen in a process of their own, whose peak of memory is told.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from benchmarks.machine import describe_machine
from benchmarks.workloads import FUNNELS, ROOT

SHAPES: Final = ("log", "events")
#: Rows of each shape for one customer of W1.
ROWS_PER_CUSTOMER: Final = {"log": 5.321683223, "events": 6.321683223}
CHUNK: Final = 200_000
EVENTS: Final = """\
shape: events
customer: case
event: activity
time: seconds
unit: s
start: 2024-01-01
stages: {s1: [S1], s2: [S2], s3: [S3], s4: [S4], s5: [S5], s6: [S6], s7: [S7], s8: [S8]}
won: [PAID]
lost: {no_trust: [NO_TRUST], competitor_offer: [COMPETITOR_OFFER], forgot: [FORGOT]}
censored_at: end
"""
CHILD: Final = "from benchmarks.fitting import measure; measure({path!r}, {mapping!r})"


def main() -> int:
    """Generate a log, measure, and print what was found as a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=float, default=1e6, help="rows of the log (1e6)")
    parser.add_argument("--shape", choices=SHAPES, default="log")
    parser.add_argument("--ending", choices=("csv", "parquet"), default="csv")
    options = parser.parse_args()
    rows = round(options.rows)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"log.{options.ending}"
        mapping = generate(path, options.shape, rows)
        command = [sys.executable, "-c", CHILD.format(path=str(path), mapping=str(mapping or ""))]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            print(done.stderr, file=sys.stderr)
            return 1
        found: dict[str, Any] = json.loads(done.stdout)
        size = path.stat().st_size / 1e6
    print("\n".join(describe_machine()))
    print(f"{options.shape}, {options.ending}, {found['rows']:,} rows, {size:,.0f} MB")
    print(
        f"read {found['read']:.1f} s, fit {found['fit']:.1f} s, both {found['read'] + found['fit']:.1f} s on the wall"
    )
    print(f"{found['cpu']:.1f} s of processor, peak of memory {found['memory'] / 1e9:.2f} GB")
    return 0


def generate(path: Path, shape: str, rows: int) -> Path | None:
    """Write a log of about so many rows; return its mapping file, if it needs one."""
    from funnelsim.files.loading import load
    from funnelsim.histories import write_history
    from funnelsim.simulation import make_run

    study = load(FUNNELS / "w1.yaml")
    customers = max(1, round(rows / ROWS_PER_CUSTOMER[shape]))
    if shape == "log":
        write_history(study.funnel, path, run=study.run, cohort=customers, allow_large=True)
        return None
    run = make_run(study.run, 1, None, None, None, str(customers))
    _write_events(study.funnel, run, path)
    mapping = path.with_suffix(".map.yaml")
    mapping.write_text(EVENTS, encoding="utf-8")
    return mapping


def _write_events(funnel: Any, run: Any, path: Path) -> None:  # noqa: ANN401 (a funnel and a run)
    import pandas as pd

    from funnelsim.histories import stream_history

    tables = []
    for log in stream_history(funnel, run, 0, "compiled", allow_large=True):
        table = log.table
        begun = table[["customer", "stage", "entered"]].set_axis(["case", "activity", "seconds"], axis=1)
        last = table[table["outcome"].isin(["won", "lost", "end"])]
        ended = pd.DataFrame(
            {"case": last["customer"], "activity": last["cause"].fillna("PAID"), "seconds": last["left"]}
        )
        events = pd.concat([begun, ended]).sort_index(kind="stable")
        events["activity"] = events["activity"].str.upper()
        events["seconds"] = (events["seconds"] * 86400.0).round().astype("int64")
        if path.suffix == ".csv":
            events.to_csv(path, index=False, mode="a", header=not path.exists())
        else:
            tables.append(events)
    if tables:
        pd.concat(tables, ignore_index=True).to_parquet(path, index=False)


def measure(path: str, mapping: str) -> None:
    """Read and fit a log, and print what it took as JSON."""
    from funnelsim.fitting.fit import fit
    from funnelsim.reading.logs import read_log

    begin = time.perf_counter()
    log = read_log(path, mapping or None)
    read = time.perf_counter()
    found = fit(log)
    done = time.perf_counter()
    usage = resource.getrusage(resource.RUSAGE_SELF)
    rows = log.report.rows if log.report is not None else found.visits
    print(
        json.dumps(
            {
                "rows": rows,
                "read": read - begin,
                "fit": done - read,
                "cpu": usage.ru_utime + usage.ru_stime,
                "memory": usage.ru_maxrss * 1024,
            }
        )
    )


if __name__ == "__main__":
    sys.exit(main())
