"""Your own table, your own model: do its explanations tell the truth?"""

__all__: list[str] = []
