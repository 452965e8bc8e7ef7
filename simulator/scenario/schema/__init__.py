"""From type hints to values and to a JSON Schema: a dataclass is the description of what a person writes.

    @value(kw_only=True)
    class Reply:
        \"\"\"What the backend answers.\"\"\"

        status: Annotated[int, Doc("HTTP status"), Between(100, 599)] = 200
        after_s: Annotated[Duration, Doc("how long it takes")] = 0.0

is written `{status: 503, after: 300ms}`: keys lose a last `_` (`from_`) and the `_s` of durations. A field `where: Where` is no
key, it gets the place. A class may name the key that a bare value means (`SHORT = "status"`, so `reply: 503`), say what it is
called in errors (`TITLE`), and check itself when it has been made (`check() -> Iterable[Complaint]`).

`python -m simulator.scenario.schema` writes the JSON Schema of the whole language.
"""

from simulator.scenario.schema.annotations import As, Asked, AskedMapping, Doc, Duration, OrOne, Pattern, Shaped, Unwritten, Written
from simulator.scenario.schema.complaint import Complaint, complain
from simulator.scenario.schema.constraints import Between, Check, Matches, NotEmpty
from simulator.scenario.schema.definitions import json_schema, lines
from simulator.scenario.schema.record import Record, build, key_of, record, shape_of
from simulator.scenario.schema.slips import meant

__all__ = [
    "As",
    "Asked",
    "AskedMapping",
    "Between",
    "Check",
    "Complaint",
    "Doc",
    "Duration",
    "Matches",
    "NotEmpty",
    "OrOne",
    "Pattern",
    "Record",
    "Shaped",
    "Unwritten",
    "Written",
    "build",
    "complain",
    "json_schema",
    "key_of",
    "lines",
    "meant",
    "record",
    "shape_of",
]
