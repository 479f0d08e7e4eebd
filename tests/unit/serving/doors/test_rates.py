from jiesu.serving.doors.rates import Rates


class Seconds:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_burst_goes_on_and_then_each_second_counts() -> None:
    clock = Seconds()
    rates = Rates(60, clock)
    assert [rates.wait("a") for _ in range(10)] == [0.0] * 10
    assert rates.wait("a") == 1.0
    clock.now += 1
    assert rates.wait("a") == 0.0
    assert rates.wait("a") == 1.0


def test_callers_do_not_pay_for_each_other() -> None:
    rates = Rates(6, Seconds())
    assert rates.wait("a") == rates.wait("b") == 0.0
    assert rates.wait("a") > 0


def test_no_limit_is_none() -> None:
    rates = Rates(0, Seconds())
    assert not any(rates.wait("a") for _ in range(1000))


def test_quiet_callers_are_forgotten_first() -> None:
    rates = Rates(6, Seconds())
    rates.wait("first")
    for number in range(10_000):
        rates.wait(str(number))
    assert rates.wait("first") == 0.0
    assert rates.wait("9999") > 0
