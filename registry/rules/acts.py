"""The words for what stands in the audit chain: every act there is, by what it is about."""

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

_APPROVED = ("submit", "withdraw", "approve", "return", "file", "post", "ask", "name_reviewer")

# kind → its word, and the verbs that occur with it.
ACTS_BY_KIND: dict[str, tuple[Promise, tuple[str, ...]]] = {
    "declaration": (_("declaration"), ("start", *_APPROVED)),
    "point": (_("entry of a declaration"), ("save", "remove", "take_up_changed", "take_up_withdrawn")),
    "nothing_found": (_("nothing found"), ("save", "remove")),
    "measures": (_("measures"), ("save",)),
    "record": (_("record of a meeting"), ("save",)),
    "meeting": (_("meeting"), ("enter", "save", "put", "confirm", "send_back", "discard")),
    "region_review": (_("region's review"), (*_APPROVED, "give_back")),
    "suggestion": (_("suggestion"), ("make", "taken_up", "declined")),
    "notice": (_("public notice"), ("start", "save", "discard", *_APPROVED, "freeze", "extend", "take_down", "end")),
    "notice_extension": (_("extension of a public notice"), _APPROVED),
    "ledger": (_("ledger"), ("enter", "import", "take_back", "export")),
    "uploaded_ledger": (_("uploaded ledger"), ("upload", "discard")),
    "heading": (_("heading of ledgers"), ("learn", "forget")),
    "document": (_("document in the background"), ("ask", "fetch", "discard")),
    "copy": (_("numbered copy"), ("issue", "make", "return")),
    "objection": (_("objection"), ("record", "upheld", "not_upheld")),
    "scheme": (_("scheme"), ("enact",)),
    "calendar": (_("calendar of working days"), ("set",)),
    "organization": (_("organization"), ("create", "rename", "move", "merge", "split", "close", "open", "import")),
    "post": (_("post"), ("create", "change", "move", "close", "open", "successor")),
    "person": (_("account"), ("create", "rename", "password", "end")),
    "sign_in": (_("signing in"), ("fail", "lock", "unlock")),
    "password": (_("own password"), ("change",)),
    "factor": (_("second factor"), ("begin", "codes", "recovery", "end", "reset")),
    "session": (_("session"), ("end",)),
    "appointment": (_("appointment"), ("begin", "end")),
    "role": (_("role"), ("begin", "end")),
    "recusal": (_("recusal"), ("begin", "end")),
    "confirmation": (_("confirmation"), ("enter", "confirm", "decline", "take_back", "lapse")),
    "stand_in": (_("stand-in"), ("enter", "confirm", "decline", "end", "use")),
    "opt_out": (_("opt-out of a small office"), ("enter", "confirm", "decline", "end", "use")),
    "audit": (_("audit chain"), ("export", "check")),
    "seals": (_("seals"), ("begin",)),
    "task": (_("task"), ("make", "report", "send_back", "drop", "export")),
    "inspection_plan": (_("plan of inspections"), ("issue", "close")),
    "inspection": (_("inspection"), ("make", "begin", "save", "sign", "name_inspector", "drop")),
    "draw": (_("draw"), ("commit", "reveal", "record")),
    "expert": (_("expert"), ("enter", "change", "end")),
    "finding": (_("finding"), ("raise", "report", "verify", "send_back", "extend", "hand_over", "supplement")),
    "alert": (_("alert"), ("raise", "escalate", "close")),
    "period": (_("dates of a phase"), ("set",)),
    "cycle": (_("annual cycle"), ("open",)),
    "stage": (_("stage"), ("change", "begin", "ask_close", "close", "decline")),
    "training": (_("training"), ("record", "strike")),
    "urging": (_("urging"), ("make",)),
    "assessment": (_("assessment"), ("start", "enter", "deduct", "strike", *_APPROVED, "freeze")),
    "work_notice": (_("notice of the year's work"), ("save", "issue")),
    "denied": (_("refused"), ()),
    # What may be known of acts about confidential things: that there was one, and whose.
    "confidential": (_("confidential act"), ()),
}
CONFIDENTIAL = "confidential"
# Of acts about these nothing else stands in the chain (their entry seals what they changed).
CONFIDENTIAL_KINDS = frozenset({"signal", "disposal"})

_VERBS: dict[str, Promise] = {
    "approve": pgettext_lazy("act", "approved"),
    "ask": pgettext_lazy("act", "more asked"),
    "ask_close": pgettext_lazy("act", "closing with open ends asked for"),
    "begin": pgettext_lazy("act", "begun"),
    "change": pgettext_lazy("act", "changed"),
    "check": pgettext_lazy("act", "checked"),
    "close": pgettext_lazy("act", "closed"),
    "confirm": pgettext_lazy("act", "confirmed"),
    "codes": pgettext_lazy("act", "new recovery codes made"),
    "create": pgettext_lazy("act", "made"),
    "decline": pgettext_lazy("act", "declined"),
    "declined": pgettext_lazy("act", "not taken up"),
    "discard": pgettext_lazy("act", "thrown away"),
    "enact": pgettext_lazy("act", "put in force"),
    "end": pgettext_lazy("act", "ended"),
    "enter": pgettext_lazy("act", "entered"),
    "export": pgettext_lazy("act", "taken out as a file"),
    "extend": pgettext_lazy("act", "extended"),
    "fail": pgettext_lazy("act", "failed"),
    "fetch": pgettext_lazy("act", "fetched"),
    "file": pgettext_lazy("act", "filed"),
    "forget": pgettext_lazy("act", "forgotten"),
    "freeze": pgettext_lazy("act", "frozen as a sheet"),
    "give_back": pgettext_lazy("act", "given back to be changed"),
    "import": pgettext_lazy("act", "taken in from a file"),
    "issue": pgettext_lazy("act", "issued"),
    "lapse": pgettext_lazy("act", "lapsed"),
    "learn": pgettext_lazy("act", "remembered"),
    "lock": pgettext_lazy("act", "locked"),
    "make": pgettext_lazy("act", "made"),
    "merge": pgettext_lazy("act", "merged"),
    "move": pgettext_lazy("act", "moved"),
    "name_inspector": pgettext_lazy("act", "inspector named"),
    "name_reviewer": pgettext_lazy("act", "reviewer named"),
    "not_upheld": pgettext_lazy("act", "not upheld"),
    "open": pgettext_lazy("act", "opened again"),
    "password": pgettext_lazy("act", "password given"),
    "post": pgettext_lazy("act", "posted"),
    "put": pgettext_lazy("act", "put to confirmation"),
    "record": pgettext_lazy("act", "recorded"),
    "recovery": pgettext_lazy("act", "recovery code used"),
    "remove": pgettext_lazy("act", "removed"),
    "rename": pgettext_lazy("act", "renamed"),
    "reset": pgettext_lazy("act", "removed by an administrator"),
    "return": pgettext_lazy("act", "returned"),
    "save": pgettext_lazy("act", "written"),
    "send_back": pgettext_lazy("act", "sent back"),
    "set": pgettext_lazy("act", "set"),
    "split": pgettext_lazy("act", "split"),
    "start": pgettext_lazy("act", "started"),
    "strike": pgettext_lazy("act", "struck out"),
    "submit": pgettext_lazy("act", "submitted"),
    "successor": pgettext_lazy("act", "successor named"),
    "take_back": pgettext_lazy("act", "taken back"),
    "take_down": pgettext_lazy("act", "taken down"),
    "take_up_changed": pgettext_lazy("act", "taken up to be changed"),
    "take_up_withdrawn": pgettext_lazy("act", "taken up to be withdrawn"),
    "unlock": pgettext_lazy("act", "lock lifted"),
    "use": pgettext_lazy("act", "used for a decision"),
    "upload": pgettext_lazy("act", "uploaded"),
    "upheld": pgettext_lazy("act", "upheld"),
    "taken_up": pgettext_lazy("act", "taken up"),
    "withdraw": pgettext_lazy("act", "taken back"),
    "commit": pgettext_lazy("act", "committed to"),
    "deduct": pgettext_lazy("act", "deducted"),
    "drop": pgettext_lazy("act", "dropped"),
    "escalate": pgettext_lazy("act", "escalated"),
    "hand_over": pgettext_lazy("act", "handed over"),
    "raise": pgettext_lazy("act", "raised"),
    "report": pgettext_lazy("act", "reported done"),
    "reveal": pgettext_lazy("act", "revealed"),
    "supplement": pgettext_lazy("act", "supplement asked for"),
    "sign": pgettext_lazy("act", "signed"),
    "verify": pgettext_lazy("act", "verified"),
}


def act_label(act: str) -> str:
    """Return an act in words, in the user's language."""
    kind, _dot, verb = act.partition(".")
    if not verb:
        return str(ACTS_BY_KIND[kind][0])
    return str(_("%(kind)s: %(verb)s") % {"kind": ACTS_BY_KIND[kind][0], "verb": _VERBS[verb]})


def acts_about(kind: str) -> list[str]:
    """Return the acts about a kind."""
    return [f"{kind}.{verb}" for verb in ACTS_BY_KIND[kind][1]] or [kind]


def kinds_of_acts() -> Iterable[tuple[str, Promise]]:
    """Return the kinds with their words, for a choice."""
    return [(kind, word) for kind, (word, _verbs) in ACTS_BY_KIND.items()]
