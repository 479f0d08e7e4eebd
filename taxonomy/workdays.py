"""The working-day calendar (工作日历) of a city, as data: public holidays and make-up days."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Which days are worked.

    Attributes:
        holidays: days off by public notice, weekends inside a holiday included.
        workdays: weekend days worked in exchange (调休上班).
        years: years whose notice is known; in other years only weekends count as days off.
    """

    holidays: frozenset[date]
    workdays: frozenset[date]
    years: frozenset[int]

    def is_workday(self, day: date) -> bool:
        """Say whether offices work on this day.

        >>> calendar = WorkCalendar(frozenset(), frozenset(), frozenset())
        >>> calendar.is_workday(date(2026, 11, 27)), calendar.is_workday(date(2026, 11, 28))
        (True, False)
        """
        if day in self.workdays:
            return True
        return day not in self.holidays and day.weekday() < 5

    def is_known(self, day: date) -> bool:
        """Say whether the holidays of this day's year are known."""
        return day.year in self.years
