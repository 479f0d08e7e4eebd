"""Does `jiesu mass` find the stories of a file? Jaccard, rank and whole or split, and the speed.

    python benchmarks/mass_hot_issues.py MESSAGES STORIES [--json]

STORIES is a JSON object, name → ids of its members, checked by hand; names that start with "?"
are left out.
"""

import argparse
import json
import time
from pathlib import Path

from jiesu.serving.mass.classes import classified, quick_classifier
from jiesu.serving.mass.messages import read_messages
from jiesu.serving.mass.watching import new_watch
from jiesu.taxonomy.city import load_city


def main() -> None:
    """Print one line a story."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("messages", type=Path)
    parser.add_argument("stories", type=Path)
    args = parser.parse_args()
    known = json.loads(args.stories.read_text())
    stories = {name: set(ids) for name, ids in known.items() if not name.startswith("?")}
    city = load_city()
    watch, (classifier, _) = new_watch(city), quick_classifier(city)
    read = read_messages(args.messages, 100_000).messages
    started = time.process_time()
    messages = classified(read, classifier, city.tree.leaves)
    for message in messages:
        watch.add(message)
    seconds = time.process_time() - started
    ranked = [set(alert.members) for alert in watch.alerts()]
    for name, ids in stories.items():
        overlap = [len(ids & found) / len(ids | found) for found in ranked]
        best = max(range(len(ranked)), key=lambda i: overlap[i])
        parts = sorted((len(ids & found) for found in ranked if ids & found), reverse=True)
        print(f"{name}：第 {best + 1} 名，Jaccard {overlap[best]:.2f}，{len(ids)} 条分在 {parts}")
    print(f"{len(messages)} 条，{len(ranked)} 件预警，每核每秒 {len(messages) / seconds:.0f} 条")


if __name__ == "__main__":
    main()
