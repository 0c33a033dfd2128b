"""The domain as plain values. No database, no request; each rule names its clause in the founding document."""

from .alert_table import OVERDUES, REPEATS, THRESHOLD_ROWS, AlertColour, AlertTable
from .calendar import (
    DAYS_TO_ANSWER,
    MOST_EXTRA_DAYS,
    DayEntry,
    DayWord,
    NoticePeriod,
    SpecialDay,
    answer_by,
    check_extra_days,
    extended_period,
    has_ended,
    is_known,
    is_working_day,
    is_year_known,
    notice_days,
    read_days,
    special_days,
)
from .comparison import Difference, EntryChange, compare, marked_parts
from .completeness import Gap, gaps, open_targets
from .confirmations import (
    ACTS,
    CONFIRMATION_TRANSITIONS,
    DAYS_TO_CONFIRM,
    MOST_TOGETHER,
    OPEN_CONFIRMATIONS,
    Act,
    ConfirmationState,
    ConfirmationVerb,
    confirmation_after,
    lapses_on,
    other_kind,
    waits,
)
from .confirming import ENTRY_TRANSITIONS, EntryState, EntryVerb, entry_after
from .coverage import DECLARING_KINDS, Cell, level_cells
from .digest import ALGORITHMS, algorithm_of, digest
from .examples import MOST_EXAMPLES, Example, likeness, ranked
from .formulas import LEAST_CHARACTERS, Formula, Hint, Told, characters, formula_hints, is_slogan
from .grading import Criterion, Degree, Fault, Scheme, Scoring
from .meetings import (
    VERDICTS,
    WRITING,
    ItemFacts,
    MeetingVerb,
    decided_in_meeting,
    item_gaps,
    meeting_after,
    record_gaps_of,
)
from .notices import (
    COMPOSING,
    EXTENSION_STEPS,
    EXTENSION_TRANSITIONS,
    MOST_CHARACTERS,
    MOST_LINES,
    NOTICE_ROUTES,
    SHOWN,
    ExtensionVerb,
    NoticeVerb,
    extension_after,
    notice_after,
    obstacle,
)
from .organization import ADMINISTRATORS, CODE_LENGTH, NAME_LENGTH, NOTE_LENGTH, PARENTS, exclude_each_other, overlap
from .periods import Dates, default_dates
from .privacy import Suspicion, SuspicionKind, suspicions
from .refusals import Changed, Incomplete, NotAllowed, Refused
from .regions import NOT_SENT, REGION_TRANSITIONS, REGION_VERDICTS, RegionVerb, days_late, region_after
from .routes import (
    CONFIDENTIAL_APPROVALS,
    KINDS,
    OPTIONAL_STEPS,
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
from .small_offices import MOST_OPT_OUT_DAYS, Relaxation, decides_again, opt_out_faults
from .stand_ins import MOST_STAND_IN_DAYS, carried, roles_carrying, stand_in_faults, superiors
from .text import EVIDENCE_LENGTH, MEASURE_LENGTH, REASON_LENGTH, TEXT_LENGTH, TITLE_LENGTH, clean_text, problems
from .tree import Interval, contains, free_place, intersect, merge, subtract
from .uploads import Upload
from .vocabulary import (
    LEDGER_STATES,
    STANDING_STATES,
    ApprovalState,
    Category,
    Cause,
    Change,
    Channel,
    DeclarationState,
    ExtensionCause,
    ExtensionState,
    Grade,
    Level,
    MajorMatter,
    MeasureState,
    MeetingPurpose,
    MeetingState,
    Method,
    NoticeKind,
    NoticeOrder,
    NoticeScope,
    NoticeState,
    OrganizationKind,
    Origin,
    Outcome,
    Phase,
    PointState,
    Rank,
    RegionState,
    Rhythm,
    Ruling,
    SuggestionState,
    Trigger,
    UploadState,
    Verdict,
)
