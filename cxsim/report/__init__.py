"""What a person reads of a run: text tables and figures."""
