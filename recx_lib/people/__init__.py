"""What a reason gives away, whom it treats worse, what it must not say."""

__all__: list[str] = []
