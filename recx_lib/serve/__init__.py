"""The service: recommendations and their reasons over the network."""

__all__: list[str] = []
