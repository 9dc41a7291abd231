"""A few hundred damaged files of every format and packing: `scripts/faults/corrupt.py` does ten thousand."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Damaged(unittest.TestCase):
    def test_no_damaged_file_is_lost_or_stops_a_run(self):
        found = [ROOT / "target" / kind / "limpid" for kind in ("release", "debug")]
        command = os.environ.get("LIMPID") or next((str(p) for p in found if p.exists()), None)
        self.assertTrue(command, "build limpid first")
        with tempfile.TemporaryDirectory() as work:
            script = ROOT / "scripts/faults/corrupt.py"
            args = [sys.executable, script, "--count", "750", "--limpid", command, "--work", work]
            done = subprocess.run(list(map(str, args)), capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("750 files, 0 runs wrong", done.stdout)


if __name__ == "__main__":
    unittest.main()
