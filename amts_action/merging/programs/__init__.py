"""Programs: structure plus slots, three versions of them merged, and what was valid stays valid."""
