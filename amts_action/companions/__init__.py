"""What a page needs besides its own text in order to build: local files, a place in a table of contents, citations.

Pure functions only: texts, paths and blob ids in, decisions out. Reading trees and writing blobs is the caller's job.
The modules promise never to raise on odd book text; what they cannot do safely comes back as a flag.
"""

from __future__ import annotations
