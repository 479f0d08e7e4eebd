"""Messages that tell a few made-up stories, for tests of mass complaints."""

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

from jiesu.router.mass.message import Message

START = datetime(2026, 3, 2, 9, tzinfo=timezone(timedelta(hours=8)))

ASPHALT = (
    (
        "青云里小区旁边的沥青厂气味刺鼻",
        "我们青云里小区东墙外就是一家沥青厂，一到下午就冒烟，气味刺鼻，窗户都不敢开。",
    ),
    (
        "投诉青云里小区隔壁沥青厂排放异味",
        "青云里小区隔壁沥青厂每天排放异味气体，老人孩子咳嗽不止，请环保部门来查。",
    ),
    (
        "青云里沥青厂夜里偷偷生产",
        "青云里小区旁的沥青厂白天停工，夜里偷偷生产，烟尘和臭味飘满整个小区。",
    ),
    (
        "请尽快搬迁青云里小区旁的沥青厂",
        "沥青厂离青云里小区不到一百米，烟尘大、气味重，居民要求尽快搬迁。",
    ),
    ("沥青厂臭味扰民", "青云里小区的居民受够了旁边沥青厂的臭味，打电话多次也没人管。"),
    ("青云里小区空气污染严重", "青云里小区旁边沥青厂不停冒黑烟，空气污染严重，晾的衣服都有味。"),
)
LIFT = (
    ("云景嘉园3号楼电梯又坏了", "云景嘉园小区3号楼的电梯这个月坏了四次，住在18层的老人下不了楼。"),
    ("云景嘉园电梯困人无人管", "云景嘉园小区的电梯昨晚困人四十分钟，物业说没有维修资金。"),
    ("投诉云景嘉园物业不修电梯", "云景嘉园电梯停运半个月，物业公司推来推去不肯维修。"),
    ("云景嘉园小区电梯停运半个月", "云景嘉园小区电梯停运，孕妇每天爬楼，请督促物业尽快维修电梯。"),
    (
        "云景嘉园电梯维修要等到什么时候",
        "云景嘉园小区3号楼电梯坏了快一个月，物业公司只贴通知不维修，老人下不了楼。",
    ),
)
ODDS = (
    ("路灯不亮", "建设北路东口的路灯三天没亮了，晚上走路看不见。"),
    ("咨询社保转移", "从外地回来，请问社保关系转移需要带什么材料？"),
    ("共享单车堆满人行道", "银河大厦门口的共享单车堆满人行道，行人只能走机动车道。"),
    ("学校门口堵车", "光华第二小学门口上下学时间堵得水泄不通，请派交警疏导。"),
    ("快递丢失", "网购的手机快递显示签收，但我没有收到，快递公司不赔。"),
    ("水压太低", "永定里小区六楼水压太低，洗澡都成问题。"),
)


def messages(
    texts: Sequence[tuple[str, str]], *, prefix: str, start: datetime = START, hours: float = 20
) -> list[Message]:
    """Return one message a text, each from another caller, some hours apart."""
    return [
        Message(f"{prefix}{i}", start + timedelta(hours=hours * i), text, title, f"{prefix}人{i}")
        for i, (title, text) in enumerate(texts)
    ]


def stream() -> list[Message]:
    """Return all stories and odd messages in order of time."""
    every = [
        *messages(ASPHALT, prefix="沥青"),
        *messages(LIFT, prefix="电梯", start=START + timedelta(days=1), hours=30),
        *messages(ODDS, prefix="杂", start=START, hours=17),
    ]
    return sorted(every, key=lambda message: message.at)
