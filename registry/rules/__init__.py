"""The domain as plain values. No database, no request; each rule names its clause in the founding document."""

from .calendar import NoticePeriod, has_ended, is_known, is_working_day, notice_days
from .comparison import Difference, EntryChange, compare
from .completeness import Gap, gaps, open_targets
from .coverage import Cell, level_cells
from .digest import digest
from .grading import SCORES, Scheme
from .notices import (
    COMPOSING,
    MOST_CHARACTERS,
    MOST_LINES,
    NOTICE_ROUTES,
    SHOWN,
    NoticeVerb,
    notice_after,
    obstacle,
)
from .organization import CODE_LENGTH, NAME_LENGTH, NOTE_LENGTH, PARENTS, exclude_each_other, overlap
from .periods import Dates, default_dates
from .privacy import Suspicion, SuspicionKind, suspicions
from .refusals import Changed, Incomplete, NotAllowed, Refused
from .routes import (
    KINDS,
    STEPS,
    WHOLE_KINDS,
    Reviewers,
    Standing,
    StepKey,
    Verb,
    after,
    goes_to_region,
    next_step,
    reviewers,
    route,
    verb_for,
)
from .text import MEASURE_LENGTH, REASON_LENGTH, TEXT_LENGTH, TITLE_LENGTH, clean_text, problems
from .tree import Interval, contains, free_place, intersect, merge, subtract
from .vocabulary import (
    LEDGER_STATES,
    STANDING_STATES,
    ApprovalState,
    Category,
    Cause,
    Change,
    Channel,
    DeclarationState,
    Grade,
    Level,
    MeasureState,
    Method,
    NoticeKind,
    NoticeOrder,
    NoticeScope,
    NoticeState,
    OrganizationKind,
    Origin,
    Phase,
    PointState,
    Rank,
    Rhythm,
    Ruling,
    SuggestionState,
    Trigger,
    Verdict,
)
