"""More data than memory, more work than one process."""

__all__: list[str] = []
