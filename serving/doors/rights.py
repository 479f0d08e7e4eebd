"""What each role may do: one table, read by every route, every page and every API key."""

from collections.abc import Mapping
from typing import Literal, get_args

Role = Literal["operator", "unit", "supervisor", "taxonomist", "admin"]
Right = Literal[
    "read_catalogue",
    "classify",
    "take_in",
    "read_tickets",
    "see_personal",
    "work_tickets",
    "return_tickets",
    "answer_tickets",
    "call_back",
    "review_disputes",
    "read_alerts",
    "work_alerts",
    "read_knowledge",
    "edit_knowledge",
    "read_stats",
    "edit_taxonomy",
    "export",
    "manage_users",
    "manage_keys",
    "read_audit",
    "swap_model",
    "read_metrics",
]

ROLES: tuple[Role, ...] = get_args(Role)
RIGHTS: tuple[Right, ...] = get_args(Right)

ROLE_NAMES: Mapping[Role, str] = {
    "operator": "坐席",
    "unit": "承办单位",
    "supervisor": "班长",
    "taxonomist": "分类管理员",
    "admin": "系统管理员",
}

RIGHT_NAMES: Mapping[Right, str] = {
    "read_catalogue": "查看事项、单位、区划和规则",
    "classify": "试分类、试派单",
    "take_in": "受理诉求",
    "read_tickets": "查看工单",
    "see_personal": "查看未脱敏的个人信息",
    "work_tickets": "领取、派单、会商、重开",
    "return_tickets": "退单",
    "answer_tickets": "答复、延期、办结",
    "call_back": "回访",
    "review_disputes": "异议审核",
    "read_alerts": "查看群体诉求预警",
    "work_alerts": "处置群体诉求预警",
    "read_knowledge": "查看知识库",
    "edit_knowledge": "维护知识库",
    "read_stats": "查看统计",
    "edit_taxonomy": "维护事项和规则",
    "export": "导出（脱敏）",
    "manage_users": "管理用户",
    "manage_keys": "管理 API 密钥",
    "read_audit": "查看审计记录",
    "swap_model": "更换模型",
    "read_metrics": "读取运行指标",
}

# Each keeps to its work: who decides tickets manages no users, and who manages users sees no
# caller's data. A small office gives one person two accounts.
ROLE_RIGHTS: Mapping[Role, frozenset[Right]] = {
    "operator": frozenset(
        {
            *("read_catalogue", "classify", "take_in", "read_tickets", "see_personal"),
            *("work_tickets", "return_tickets", "call_back", "read_alerts", "work_alerts"),
            *("read_knowledge", "read_stats"),
        }
    ),
    "unit": frozenset(
        {
            *("read_catalogue", "read_tickets", "see_personal", "return_tickets"),
            *("answer_tickets", "read_knowledge"),
        }
    ),
    "supervisor": frozenset(
        {
            *("read_catalogue", "classify", "take_in", "read_tickets", "see_personal"),
            *("work_tickets", "return_tickets", "answer_tickets", "call_back"),
            *("review_disputes", "read_alerts", "work_alerts", "read_knowledge"),
            *("edit_knowledge", "read_stats", "export"),
        }
    ),
    "taxonomist": frozenset(
        {
            *("read_catalogue", "classify", "read_tickets", "read_alerts", "read_knowledge"),
            *("edit_knowledge", "read_stats", "edit_taxonomy", "export"),
        }
    ),
    "admin": frozenset(
        {
            *("read_catalogue", "classify", "read_tickets", "read_alerts", "read_knowledge"),
            *("read_stats", "manage_users", "manage_keys", "read_audit", "swap_model"),
            "read_metrics",
        }
    ),
}

PERSONS_ONLY: frozenset[Right] = frozenset({"manage_users", "manage_keys", "read_audit"})
"""What no program may do: a stolen key must not make itself users and further keys."""

PROGRAM_RIGHTS: frozenset[Right] = frozenset(RIGHTS) - PERSONS_ONLY
"""What an API key can be given, and what a key named in the settings has."""
