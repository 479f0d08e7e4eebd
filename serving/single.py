"""One ticket on the command line: decide it and print the decision."""

import sys
from datetime import datetime

import orjson

from jiesu.serving.decisions import decision_json
from jiesu.serving.engine import Engine, load_engine
from jiesu.serving.intake import check_text
from jiesu.serving.settings import Settings
from jiesu.serving.times import CHINA_TIME, parse_time
from jiesu.taxonomy.ticket import Ticket


def route_one(
    text: str,
    settings: Settings,
    *,
    title: str,
    ticket_id: str,
    address: str,
    time: str | None,
    as_json: bool,
    engine: Engine | None = None,
) -> None:
    """Decide one ticket and print the decision for a person or, as JSON, for a program.

    Without an engine it is loaded as the settings say.

    Raises:
        InputError: text or time cannot be used, or the city folder is wrong.
    """
    check_text(text, settings.max_text_chars)
    received_at = parse_time(time) if time is not None else None
    ticket = Ticket(ticket_id, text, title, address, received_at)
    engine = engine or load_engine(settings)
    now = datetime.now(CHINA_TIME).replace(microsecond=0)
    (decision,) = engine.route([ticket], now, settings.top_k)
    if as_json:
        body = orjson.dumps(decision_json(decision, engine.city.tree), option=orjson.OPT_INDENT_2)
        sys.stdout.buffer.write(body + b"\n")
        return
    from jiesu.serving.render import print_decision

    print_decision(ticket, decision, engine, policy_problem=engine.policy_problem(now))
