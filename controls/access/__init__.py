"""Permission questions of the first floor. `check_x` raises a sentence."""

from .tasks import (
    answering,
    answers_for,
    check_occurrence,
    check_report,
    check_send_back,
    for_whom,
    has_tasks,
    occurring_measures,
    own_tasks,
    place_of_task,
    superior,
    visible_tasks,
    watched_tasks,
    work_scope,
)
