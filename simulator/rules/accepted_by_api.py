"""J020."""

from __future__ import annotations

from simulator.journal import Journal
from simulator.rules.registry import Broken, rule

RACES = (404, 422)


@rule(
    "J020",
    "the REST API takes what the application asks of it",
    why="a wrong key, account or body is refused in production too, and a call that was to be made or changed is not",
    remedy="send Authorization: Bearer with JAMBONZ_API_KEY, the account of JAMBONZ_ACCOUNT_SID, and one option of updateCall",
    source="jambonz.md 7.3",
)
def accepted_by_api(journal: Journal) -> Broken:
    """Requests that are wrong in themselves."""
    for frame in journal.select("world", "jambonz", "api_refused"):
        if frame.frame["status"] not in RACES:
            yield f"{frame.frame['request']}: {frame.frame['status']}, {frame.frame['why']}; {frame.frame['remedy']}", frame
