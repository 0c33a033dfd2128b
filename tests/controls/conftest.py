"""Two processes that act at the same moment, as on the ground floor."""

from tests.registry.conftest import pair, racing

__all__ = ["pair", "racing"]
