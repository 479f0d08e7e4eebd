"""Who is competent for a matter (职责): a class, at a place, on a day → roles with their parts.

Stands between the classifier and the candidates. The fallback, always there, is the unit that
the taxonomy names for the class.
"""

from jiesu.router.decision import Competence, Reason
from jiesu.taxonomy.tree import Label


def default_competences(label: Label) -> tuple[Competence, ...]:
    """Return the unit roles that the taxonomy itself names for a class, the lead first.

    >>> bins = Label("1", "垃圾桶满冒", 3, unit_role="街乡镇", co_roles=("区城管委",))
    >>> [(c.role, c.part) for c in default_competences(bins)]
    [('街乡镇', 'lead'), ('区城管委', 'assist')]
    """
    if not label.unit_role:
        return ()
    lead = Reason("rule", f"事项“{label.name}”由{label.unit_role}主办", "分类体系默认承办单位")
    assist = Reason("rule", f"事项“{label.name}”常需协办", "分类体系协办单位")
    return (
        Competence(label.unit_role, "lead", lead),
        *(Competence(role, "assist", assist) for role in label.co_roles),
    )
