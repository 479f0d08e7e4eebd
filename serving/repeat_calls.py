"""At intake: is the caller telling a matter again that is in hand already?

The router decides (`jiesu.router.repeats`); this finds the caller's earlier tickets. Tickets
without a caller are never taken for a repeat.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from jiesu.router.decision import Decision
from jiesu.router.repeats import RepeatReader, marked
from jiesu.serving.store.callers import tickets_of_caller
from jiesu.serving.store.database import Database
from jiesu.taxonomy.ticket import Ticket

_MOST = 20


@dataclass(frozen=True)
class RepeatCalls:
    """Marks suggestions for callers who call again.

    Attributes:
        reader: None where the city has no rules for it.
    """

    database: Database
    reader: RepeatReader | None

    def marked(self, ticket: Ticket, decision: Decision, now: datetime) -> Decision:
        """Return the suggestion, with the earlier ticket named where there is one."""
        if self.reader is None or not ticket.caller.strip():
            return decision
        rules = self.reader.rules
        since = now - timedelta(days=max(rules.open_days, rules.closed_days))
        with self.database.read() as connection:
            earlier = [
                known
                for known in tickets_of_caller(connection, ticket.caller, since, _MOST)
                if known.ticket_id != ticket.id
            ]
        code = decision.classes[0].code if decision.classes else ""
        repeat = self.reader.find(ticket.full_text(), code, decision.place.code, earlier, now)
        return marked(decision, repeat, rules)
