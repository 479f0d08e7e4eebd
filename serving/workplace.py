"""Everything that needs the database, opened once a process: reception, desk, alerts, follower."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from jiesu.router.mass.rules import FILE
from jiesu.serving.alert_desk import AlertDesk
from jiesu.serving.confirmed import NEIGHBOURS, Confirmed
from jiesu.serving.desk import Desk
from jiesu.serving.doors.guard import Doors, SessionRules
from jiesu.serving.doors.register import Register
from jiesu.serving.engine import POLICY, Engine
from jiesu.serving.follower import MASS, Follower, Watch
from jiesu.serving.knowledge_desk import KnowledgeDesk
from jiesu.serving.mass_process import FollowerProcess
from jiesu.serving.memory import Memory
from jiesu.serving.queue_desk import QueueDesk
from jiesu.serving.reception import Reception
from jiesu.serving.settings import Settings
from jiesu.serving.store.database import Database, open_database
from jiesu.serving.suggestions import Clock, Suggester
from jiesu.serving.times import CHINA_TIME
from jiesu.serving.unit_desk import UnitDesk
from jiesu.taxonomy.city import City


def china_now() -> datetime:
    """Return the time of the country's clock."""
    return datetime.now(CHINA_TIME)


@dataclass(frozen=True)
class Workplace:
    """The desks of one process, on one database.

    Attributes:
        follower: None where the city has no rules for mass complaints.
    """

    database: Database
    suggester: Suggester
    reception: Reception
    desk: Desk
    queues: QueueDesk
    answers: UnitDesk
    knowledge: KnowledgeDesk
    alerts: AlertDesk
    memory: Memory
    confirmed: Confirmed
    follower: Follower | FollowerProcess | None
    doors: Doors
    register: Register

    @property
    def problems(self) -> Mapping[str, str]:
        """Parts that do not work now → why; empty when all is well."""
        told = {
            MASS: self.follower.problem if self.follower else "",
            POLICY: self.memory.problem,
            NEIGHBOURS: self.confirmed.problem,
        }
        return {part: problem for part, problem in told.items() if problem}

    def open(self) -> None:
        """Begin to follow the tickets."""
        self.reception.forget_keys()
        self.memory.catch_up()
        self.doors.forget_old()
        if self.follower:
            self.follower.start()

    def close(self) -> None:
        """Finish what has begun and let go of the database."""
        if self.follower:
            self.follower.stop()
        self.confirmed.close()
        self.suggester.close()
        self.database.close()


def make_workplace(
    settings: Settings, engine: Engine, clock: Clock = china_now, *, apart: bool = False
) -> Workplace:
    """Open the database and put the desks on it.

    Args:
        apart: watch for mass complaints in a process of its own; the engine must be the one that
            the settings describe.

    Raises:
        StoreUnavailable: the database cannot be used.
    """
    database = open_database(settings.database_url)
    memory = Memory(database, engine, clock)
    suggester = Suggester(engine, settings.top_k, settings.suggest_seconds, memory)
    alerts = AlertDesk(database, clock)
    confirmed = Confirmed(suggester)
    lease, told = settings.claim_seconds, confirmed.tell
    desk = Desk(database, suggester, clock, lease_seconds=lease, on_class=told)

    follower = (
        _process(settings, engine.city)
        if apart
        else make_follower(settings, engine.city, database, alerts, clock)
    )
    return Workplace(
        database,
        suggester,
        Reception(database, suggester, clock, follower.nudge if follower else lambda: None),
        desk,
        QueueDesk(desk, clock),
        UnitDesk(desk, clock),
        KnowledgeDesk(database, clock),
        alerts,
        memory,
        confirmed,
        follower,
        Doors(database, clock, session_rules(settings)),
        Register(database, clock),
    )


def session_rules(settings: Settings) -> SessionRules:
    """Return how long sessions last."""
    return SessionRules(
        timedelta(minutes=settings.session_idle_minutes), timedelta(hours=settings.session_hours)
    )


def _process(settings: Settings, city: City) -> FollowerProcess | None:
    return FollowerProcess(settings) if (city.folder / FILE).is_file() else None


def make_follower(
    settings: Settings, city: City, database: Database, alerts: AlertDesk, clock: Clock
) -> Follower | None:
    """Return what watches for mass complaints; None where the city has no rules for it."""
    if not (city.folder / FILE).is_file():
        return None

    def make_watch() -> Watch:
        from jiesu.serving.mass.watching import new_watch  # scipy takes a moment to import

        return new_watch(city)

    return Follower(database, alerts, make_watch, clock, settings.mass_days)
