"""What can go wrong at the store on purpose.

JiesuError
├── StoreUnavailable    the database cannot be opened
└── StoreConflict       the caller's picture is out of date or does not fit; nothing was changed
    ├── UnknownTicket · UnknownAlert
    ├── TicketExists        the id is taken
    ├── VersionConflict     somebody else was faster
    ├── ClaimedByOther      another person works on it
    ├── WrongState          the act does not fit the state
    ├── UnknownUser · UnknownKey · UnknownEntry
    └── UserExists · KeyNameExists · PolicyExists · EntryExists
"""

from datetime import datetime

from jiesu.taxonomy.errors import JiesuError


class StoreUnavailable(JiesuError):
    """The database cannot be opened; the message says why and what to do."""


class StoreConflict(JiesuError):
    """The act cannot be done as things stand; nothing was changed."""


class UnknownTicket(StoreConflict):
    """No ticket has this id."""

    def __init__(self, ticket_id: str) -> None:
        super().__init__(f"没有编号为 {ticket_id!r} 的工单；请核对编号")


class UnknownAlert(StoreConflict):
    """No alert has this id."""

    def __init__(self, alert_id: str) -> None:
        super().__init__(f"没有编号为 {alert_id!r} 的预警；请核对编号")


class TicketExists(StoreConflict):
    """A ticket with this id is in the store already."""

    def __init__(self, ticket_id: str) -> None:
        super().__init__(f"编号 {ticket_id!r} 的工单已经入库；换一个编号，或不填由系统编号")


class VersionConflict(StoreConflict):
    """The ticket or alert has changed since the caller looked."""

    def __init__(self, subject: str, given: int, current: int) -> None:
        super().__init__(
            f"{subject} 已被他人更改：您依据第 {given} 版，现在是第 {current} 版；请刷新后再操作"
        )


class ClaimedByOther(StoreConflict):
    """Another person holds the ticket until the lease ends."""

    def __init__(self, ticket_id: str, holder: str, until: datetime) -> None:
        super().__init__(
            f"工单 {ticket_id} 由 {holder} 处理中，{until:%H:%M:%S} 到期；请先办理其他工单"
        )


class WrongState(StoreConflict):
    """The act does not fit the state that the ticket or alert is in."""


class UnknownUser(StoreConflict):
    """No user has this login."""

    def __init__(self, login: str) -> None:
        super().__init__(f"没有登录名为 {login!r} 的用户；请用 jiesu user list 核对")


class UserExists(StoreConflict):
    """Login or name is taken."""

    def __init__(self, login: str, name: str) -> None:
        super().__init__(f"登录名 {login!r} 或姓名 {name!r} 已有人用；请换一个（姓名可加工号）")


class UnknownKey(StoreConflict):
    """No API key has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"没有名为 {name!r} 的 API 密钥；请用 jiesu key list 核对")


class KeyNameExists(StoreConflict):
    """An API key of this name exists, in force or revoked."""

    def __init__(self, name: str) -> None:
        super().__init__(f"名为 {name!r} 的 API 密钥已存在（含已吊销的）；请换一个名称")


class PolicyExists(StoreConflict):
    """A policy of this name exists."""

    def __init__(self, name: str) -> None:
        super().__init__(f"名为 {name!r} 的策略已存在；策略不能改，请换一个名称")


class UnknownEntry(StoreConflict):
    """No knowledge entry has this id."""

    def __init__(self, entry_id: str) -> None:
        super().__init__(f"没有编号为 {entry_id!r} 的知识条目；请核对编号")


class EntryExists(StoreConflict):
    """A knowledge entry with this id exists."""

    def __init__(self, entry_id: str) -> None:
        super().__init__(f"编号 {entry_id!r} 的知识条目已存在；请换一个编号")
