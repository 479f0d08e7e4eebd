"""Counters for Prometheus in a registry of our own, so that two apps in a process never mix."""

import os

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from jiesu.router.dispatch_policy import STAGES

MULTIPROCESS_ENV = "PROMETHEUS_MULTIPROC_DIR"
"""Set by `jiesu serve --workers N`: workers then share their counts through files there."""

CONTENT_TYPE = CONTENT_TYPE_LATEST
_BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """What is counted."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "jiesu_http_requests_total",
            "HTTP 请求数",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "jiesu_http_request_seconds",
            "HTTP 请求用时（秒）",
            ["route"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.tickets = Counter(
            "jiesu_tickets_total", "诉求条数，按结果", ["outcome"], registry=self.registry
        )
        self.tickets_degraded = Counter(
            "jiesu_tickets_degraded_total",
            "有一部分没有工作时处理的诉求条数",
            ["part"],
            registry=self.registry,
        )
        self.degraded = Gauge(
            "jiesu_degraded",
            "1 表示这一部分不能用",
            ["part"],
            registry=self.registry,
            multiprocess_mode="livemax",
        )

        self.policy = Gauge(
            "jiesu_policy_in_force",
            "1 表示自动派单策略生效，0 表示没有策略、已到期、已撤回或不适用",
            ["stage"],
            registry=self.registry,
            multiprocess_mode="livemin",
        )

    def show_policy(self, stage: str) -> None:
        """Say which stage of a policy is in force; empty where none is."""
        for known in STAGES:
            self.policy.labels(known).set(1 if known == stage else 0)

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request; `route` is the template, never the path with its values."""
        self.requests.labels(method, route, str(status)).inc()
        self.seconds.labels(route).observe(seconds)

    def exposition(self) -> bytes:
        """Return all counts in Prometheus' text form, of all workers where they share them."""
        registry = self.registry
        if MULTIPROCESS_ENV in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # library untyped here
        return generate_latest(registry)
