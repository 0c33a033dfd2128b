"""How a rule says no: with a sentence a person can act on."""


class Refused(Exception):
    """The state of things does not allow this. `str()` is the sentence shown to the person."""


class NotAllowed(Refused):
    """This person may not do this, whatever the state."""


class Changed(Refused):
    """What was seen or edited has changed meanwhile."""


class Incomplete(Refused):
    """Something is missing; `gaps` lists every gap with the place that mends it."""

    def __init__(self, why: str, gaps: list) -> None:
        super().__init__(why)
        self.gaps = gaps
