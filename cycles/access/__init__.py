"""Permission questions of the top floor. `check_x` raises a sentence; `refusal(check_x, …)` feeds the button."""

from .assessment import check_assess, check_deduct, sees_reason, visible_assessments
from .cycles import (
    check_answer_closing,
    check_open_cycle,
    check_record_training,
    check_run,
    counted_in,
    keeps_trainings_of,
    regions_to_open,
    runs,
    takes_part,
    visible_cycles,
)
from .progress import check_urge, late_scope, progress_scope
