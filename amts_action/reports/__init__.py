"""What people read of a run: the pull request, the report, tables for the terminal.

Pure functions: data in, text out.
"""

from __future__ import annotations
