"""Times as the serving side reads them; the reading itself is shared with training."""

from jiesu.taxonomy.times import CHINA_TIME, parse_time

__all__ = ["CHINA_TIME", "parse_time"]
