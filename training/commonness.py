"""How often each class is asked about: the prior that corpora of equal size cannot teach.

A corpus holds as many texts of a rare class as of a common one, so a model that learns from it
takes all classes for equally likely. A city may say in commonness.tsv how common each class is, in
five steps, with quarters for the mean of several people's ratings; a factor of two lies between two
steps.
"""

import numpy as np
from numpy.typing import NDArray

from jiesu.taxonomy.city import City
from jiesu.taxonomy.errors import CityError
from jiesu.taxonomy.files import read_table

COMMONNESS_FILE = "commonness.tsv"
_STEPS = {f"{quarter / 4:g}": quarter / 4 for quarter in range(4, 21)}
# Known to no better than a factor of two; chosen beforehand, not by any measurement.
_FACTOR = 2.0
# Share of the logarithm that counts. Letters whose class was found after they were written teach
# how often it comes already: all of the prior costs one accepted answer in a hundred of them, half
# of it none. Source: docs/log.md, 2026-11-29, "Half of the prior".
_TRUST = 0.5

Floats = NDArray[np.float32]


def log_prior(city: City) -> Floats | None:
    """Return the logarithm of each leaf's share against the mean share, as far as it is trusted.

    Of shape (n_leaves,), so that the mean of its exponentials is 1.

    None where the city says nothing.

    Raises:
        CityError: a class is unknown or missing, or a step is none of 1, 1.25, … 5.
    """
    if not (city.folder / COMMONNESS_FILE).is_file():
        return None
    steps: dict[str, float] = {}
    for row in read_table(city.folder, COMMONNESS_FILE, ("code", "commonness")):
        code, step = row["code"], row["commonness"]
        if code not in city.tree.leaf_index or step not in _STEPS:
            raise CityError(
                [
                    f"{COMMONNESS_FILE}: {code}: commonness 是 {step!r}；"
                    "代码应是三级事项，常见程度应是 1 到 5，可带四分之一级如 3.25"
                ]
            )
        steps[code] = _STEPS[step]
    missing = [code for code in city.tree.leaves if code not in steps]
    if missing:
        raise CityError(
            [f"{COMMONNESS_FILE}: 缺少 {'、'.join(missing[:5])} 等 {len(missing)} 个事项；请补上"]
        )
    logs = np.array([steps[code] for code in city.tree.leaves]) * np.log(_FACTOR) * _TRUST
    return np.asarray(logs - np.log(np.exp(logs).mean()), dtype=np.float32)
