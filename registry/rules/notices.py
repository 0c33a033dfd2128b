"""Public notice of what was filed (part III §4(2): 在一定范围内公示): states, who agrees, what may be shown.

The number of days, the second person and objections are practice; the document names none.
"""

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from .refusals import Refused
from .routes import StepKey
from .vocabulary import Category, ExtensionState, Level, NoticeScope, NoticeState

MOST_LINES = 500
MOST_CHARACTERS = 200_000  # in the lines together: what a server lays out in a minute or two


class NoticeVerb(TextChoices):
    SUBMIT = "submit", gettext_lazy("submit")
    WITHDRAW = "withdraw", gettext_lazy("take back")
    APPROVE = "approve", gettext_lazy("approve")
    RETURN = "return", gettext_lazy("return")
    POST = "post", pgettext_lazy("verb", "post")
    END = "end", gettext_lazy("record the result")
    EXTEND = "extend", gettext_lazy("extend")
    REPLACE = "replace", gettext_lazy("post anew")
    TAKE_DOWN = "take_down", gettext_lazy("take down")


# Wider than the unit needs a decision of its own, and then still a second person who posts it.
NOTICE_ROUTES: dict[NoticeScope, tuple[StepKey, ...]] = {
    NoticeScope.SECTION: (StepKey.POSTING,),
    NoticeScope.UNIT: (StepKey.POSTING,),
    NoticeScope.REGION: (StepKey.CONSENT, StepKey.POSTING),
}

NOTICE_TRANSITIONS: dict[tuple[NoticeState, NoticeVerb], NoticeState] = {
    (NoticeState.DRAFT, NoticeVerb.SUBMIT): NoticeState.SUBMITTED,
    (NoticeState.RETURNED, NoticeVerb.SUBMIT): NoticeState.SUBMITTED,
    (NoticeState.SUBMITTED, NoticeVerb.WITHDRAW): NoticeState.DRAFT,
    (NoticeState.SUBMITTED, NoticeVerb.APPROVE): NoticeState.SUBMITTED,
    (NoticeState.SUBMITTED, NoticeVerb.RETURN): NoticeState.RETURNED,
    (NoticeState.SUBMITTED, NoticeVerb.POST): NoticeState.POSTED,
    (NoticeState.POSTED, NoticeVerb.END): NoticeState.ENDED,
    (NoticeState.POSTED, NoticeVerb.EXTEND): NoticeState.POSTED,
    (NoticeState.POSTED, NoticeVerb.REPLACE): NoticeState.SUPERSEDED,
    # What ran its time stays on record; what was corrected since is shown on a new notice that names it.
    (NoticeState.ENDED, NoticeVerb.REPLACE): NoticeState.ENDED,
    (NoticeState.SUPERSEDED, NoticeVerb.REPLACE): NoticeState.SUPERSEDED,
    (NoticeState.POSTED, NoticeVerb.TAKE_DOWN): NoticeState.TAKEN_DOWN,
    # What must not be read is found later as well; what is in force stays so.
    (NoticeState.ENDED, NoticeVerb.TAKE_DOWN): NoticeState.TAKEN_DOWN,
    (NoticeState.SUPERSEDED, NoticeVerb.TAKE_DOWN): NoticeState.TAKEN_DOWN,
}

_REFUSALS = {
    NoticeState.DRAFT: gettext_lazy("This notice is still being composed."),
    NoticeState.SUBMITTED: gettext_lazy("This notice waits to be posted; take it back before you change it."),
    NoticeState.RETURNED: gettext_lazy("This notice was returned to whoever composed it."),
    NoticeState.POSTED: gettext_lazy("This notice is posted; its lines are frozen. Post it anew to change it."),
    NoticeState.ENDED: gettext_lazy("This notice has ended and its result is recorded."),
    NoticeState.SUPERSEDED: gettext_lazy("This notice was replaced by a later one."),
    NoticeState.TAKEN_DOWN: gettext_lazy("This notice was taken down."),
}
COMPOSING = (NoticeState.DRAFT, NoticeState.RETURNED)
SHOWN = (NoticeState.POSTED, NoticeState.ENDED, NoticeState.SUPERSEDED)


def notice_after(state: str, verb: NoticeVerb) -> NoticeState:
    """Return the state that follows; raise Refused with a sentence when there is none."""
    try:
        return NOTICE_TRANSITIONS[NoticeState(state), verb]
    except KeyError:
        raise Refused(str(_REFUSALS[NoticeState(state)])) from None


def obstacle(*, level: str, category: str, grade: int | None, scope: str) -> str:
    """Return why a filed point may not stand on a notice of this scope, or an empty text when it may."""
    if not level or not category or grade is None:
        return _("Its level, category or grade is still to be settled.")
    if level == Level.POST and category == Category.MORAL and scope == NoticeScope.REGION:
        return _("A moral risk of a single post stays within the unit.")
    return ""


# --- Extending a notice that is posted ----------------------------------------------------------------------------------

EXTENSION_STEPS = (StepKey.EXTENSION,)


class ExtensionVerb(TextChoices):
    APPROVE = "approve", gettext_lazy("approve")
    RETURN = "return", gettext_lazy("return")
    WITHDRAW = "withdraw", gettext_lazy("take back")
    LAPSE = "lapse", gettext_lazy("let lapse")


EXTENSION_TRANSITIONS: dict[tuple[ExtensionState, ExtensionVerb], ExtensionState] = {
    (ExtensionState.ASKED, ExtensionVerb.APPROVE): ExtensionState.EXTENDED,
    (ExtensionState.ASKED, ExtensionVerb.RETURN): ExtensionState.RETURNED,
    (ExtensionState.ASKED, ExtensionVerb.WITHDRAW): ExtensionState.WITHDRAWN,
    (ExtensionState.ASKED, ExtensionVerb.LAPSE): ExtensionState.LAPSED,
}

_EXTENSION_REFUSALS = {
    ExtensionState.EXTENDED: gettext_lazy("This notice was extended so already."),
    ExtensionState.RETURNED: gettext_lazy("This extension was not agreed to; ask anew if it is still wanted."),
    ExtensionState.WITHDRAWN: gettext_lazy("This extension was taken back by who asked for it."),
    ExtensionState.LAPSED: gettext_lazy("The notice was over, replaced or taken down before anybody decided on this."),
}


def extension_after(state: str, verb: ExtensionVerb) -> ExtensionState:
    """Return the state that follows; raise Refused with a sentence when there is none."""
    try:
        return EXTENSION_TRANSITIONS[ExtensionState(state), verb]
    except KeyError:
        raise Refused(str(_EXTENSION_REFUSALS[ExtensionState(state)])) from None
