#!/usr/bin/env python3
"""Faults injected below the servers, in short: endure/endure_faults.py and endure/endure_uring.py have them all.

run-tests: timeout 200
run-tests: waits
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "endure"))
sys.dont_write_bytecode = True
sys.argv.append("--short")

import endure_faults  # noqa: E402  pylint: disable=wrong-import-position
import endure_uring  # noqa: E402  pylint: disable=wrong-import-position

endure_faults.run()
endure_uring.run()
endure_faults.plan()
