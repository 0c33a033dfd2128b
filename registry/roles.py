"""Permissions and roles, as data for every house. The administrators' page and docs/generated/roles.md come from here.

A role is held on an organization. Rights to read hold for the whole subtree; rights to decide hold for exactly that
organization, because each step of an approval names where its reviewers stand.
"""

from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Permission(TextChoices):
    VIEW_LEDGER = "view_ledger", _("see the filed risk points of the organization and what is below it")
    VIEW_PROGRESS = "view_progress", _("see declarations that were submitted or returned")
    VIEW_COUNTS = "view_counts", _("see how many risk points are filed, without their text")
    PREPARE = (
        "prepare",
        _("prepare the declaration of the section or the leadership team, with the record of its meeting"),
    )
    REVIEW_SECTION = "review_section", _("review the declarations of the section's staff")
    REVIEW_SUPERVISED = "review_supervised", _("review what comes from a section one supervises")
    REVIEW_PRINCIPAL = "review_principal", _("review as principal leader")
    REVIEW_TEAM = "review_team", _("review for the leadership team")
    REVIEW_PARTY = "review_party", _("review measures for the party organization")
    FILE_DECLARATIONS = "file_declarations", _("number and file declarations in the ledger")
    DECIDE_FOR_REGION = "decide_for_region", _("decide where the unit itself has nobody who may")
    IMPORT_LEDGER = "import_ledger", _("take in a ledger that was filed on paper")
    PUBLISH_NOTICES = "publish_notices", _("compose public notices, post those of others, answer objections")
    VIEW_WORK = "view_work", _("see how the measures are carried out, and what is overdue")
    ENTER_SIGNALS = "enter_signals", _("enter monitoring signals")
    HANDLE_SIGNALS = "handle_signals", _("read and judge monitoring signals, with who they came from")
    PLAN_INSPECTIONS = "plan_inspections", _("plan inspections and draw what is checked")
    HANDLE_FINDINGS = "handle_findings", _("raise findings and verify that they are corrected")
    HANDLE_DISPOSALS = "handle_disposals", _("propose disposals, serve them and check their answers")
    DECIDE_DISPOSALS = "decide_disposals", _("decide disposals for the leading group")
    RUN_CYCLE = "run_cycle", _("run the annual cycle: its dates, trainings, closing its stages")
    MANAGE_ACCOUNTS = "manage_accounts", _("keep accounts and the operation of the system")
    MANAGE_ROLES = "manage_roles", _("give and end roles")
    READ_AUDIT = "read_audit", _("read and check the audit chain")


class Role(TextChoices):
    RECORDER = "recorder", _("recorder")
    SECTION_HEAD = "section_head", _("section head")
    SUPERVISING_LEADER = "supervising_leader", _("supervising leader")
    TEAM_MEMBER = "team_member", _("member of the leadership team")
    PRINCIPAL_LEADER = "principal_leader", _("principal leader")
    PARTY_ORGANIZATION = "party_organization", _("party organization")
    OFFICE_CLERK = "office_clerk", _("leading group's office")
    REGION_CLERK = "region_clerk", _("region's leading group's office")
    REGION_LEADER = "region_leader", _("region's leading group")
    INSPECTOR = "inspector", _("discipline inspector")
    NOTICE_PUBLISHER = "notice_publisher", _("notice publisher")
    SYSTEM_ADMINISTRATOR = "system_administrator", _("system administrator")
    SECURITY_ADMINISTRATOR = "security_administrator", _("security administrator")
    AUDIT_ADMINISTRATOR = "audit_administrator", _("audit administrator")


@dataclass(frozen=True)
class RoleDescription:
    """What a role is for, where it is held (kinds of organization) and which permissions it carries."""

    purpose: str
    held_on: tuple[str, ...]
    permissions: frozenset[Permission]


def _role(purpose: str, held_on: tuple[str, ...], *permissions: Permission) -> RoleDescription:
    return RoleDescription(purpose, held_on, frozenset(permissions))


ROLES: dict[Role, RoleDescription] = {
    Role.RECORDER: _role(
        _("Prepares what a section or the leadership team declares, and keeps the record of its meetings."),
        ("section", "unit"),
        Permission.PREPARE,
    ),
    Role.SECTION_HEAD: _role(
        _("Leads a section; reads and reviews what its staff declare, prepares what the section itself declares."),
        ("section",),
        Permission.VIEW_LEDGER,
        Permission.PREPARE,
        Permission.REVIEW_SECTION,
        Permission.VIEW_WORK,
    ),
    Role.SUPERVISING_LEADER: _role(
        _("Looks after a named section; reviews its head and what the section declares."),
        ("section",),
        Permission.VIEW_LEDGER,
        Permission.REVIEW_SUPERVISED,
        Permission.VIEW_WORK,
    ),
    Role.TEAM_MEMBER: _role(
        _("Sits in the unit's leadership team, which checks every risk point of the unit."),
        ("unit",),
        Permission.VIEW_LEDGER,
        Permission.REVIEW_TEAM,
        Permission.VIEW_WORK,
    ),
    Role.PRINCIPAL_LEADER: _role(
        _("Party or administrative head of the unit, answerable for all of it."),
        ("unit",),
        Permission.VIEW_LEDGER,
        Permission.REVIEW_PRINCIPAL,
        Permission.REVIEW_TEAM,
        Permission.VIEW_WORK,
        Permission.DECIDE_DISPOSALS,
    ),
    Role.PARTY_ORGANIZATION: _role(
        _("Reviews the measures of the unit's posts for the party organization."),
        ("unit",),
        Permission.VIEW_LEDGER,
        Permission.REVIEW_PARTY,
    ),
    Role.OFFICE_CLERK: _role(
        _(
            "Works in the office of the unit's leading group: follows declarations, files them, keeps the ledger, "
            "publishes notices."
        ),
        ("unit",),
        Permission.VIEW_LEDGER,
        Permission.VIEW_PROGRESS,
        Permission.FILE_DECLARATIONS,
        Permission.IMPORT_LEDGER,
        Permission.PUBLISH_NOTICES,
        Permission.VIEW_WORK,
        Permission.ENTER_SIGNALS,
        Permission.PLAN_INSPECTIONS,
        Permission.HANDLE_FINDINGS,
        Permission.RUN_CYCLE,
    ),
    Role.REGION_CLERK: _role(
        _("Works in the region's office; sees counts, and in full only what is sent or put to it."),
        ("region",),
        Permission.VIEW_COUNTS,
        Permission.DECIDE_FOR_REGION,
        Permission.RUN_CYCLE,
    ),
    Role.REGION_LEADER: _role(
        _(
            "Leads the region's leading group; decides disposals of leaders and units, agrees to closing a stage with open ends."
        ),
        ("region",),
        Permission.DECIDE_DISPOSALS,
        Permission.RUN_CYCLE,
    ),
    Role.INSPECTOR: _role(
        _("Discipline inspection within a jurisdiction: reads ledgers, monitors, warns."),
        ("region", "unit", "section"),
        Permission.VIEW_LEDGER,
        Permission.VIEW_WORK,
        Permission.ENTER_SIGNALS,
        Permission.HANDLE_SIGNALS,
        Permission.PLAN_INSPECTIONS,
        Permission.HANDLE_FINDINGS,
        Permission.HANDLE_DISPOSALS,
    ),
    Role.NOTICE_PUBLISHER: _role(
        _("Composes and posts the notices of the unit; sees of filed points what a notice would show."),
        ("unit",),
        Permission.PUBLISH_NOTICES,
    ),
    Role.SYSTEM_ADMINISTRATOR: _role(
        _("Keeps accounts and the machine running; sees no risk content."), ("region",), Permission.MANAGE_ACCOUNTS
    ),
    Role.SECURITY_ADMINISTRATOR: _role(
        _("Gives and ends roles; sees no risk content."), ("region",), Permission.MANAGE_ROLES
    ),
    Role.AUDIT_ADMINISTRATOR: _role(
        _("Reads and checks the audit chain; sees no risk content."), ("region",), Permission.READ_AUDIT
    ),
}


def roles_with(permission: str) -> list[str]:
    """Return the roles that carry `permission`, in the order of the table."""
    return [role.value for role, description in ROLES.items() if permission in description.permissions]


# Who holds one of these signs in with a second factor.
WITH_SECOND_FACTOR = frozenset(
    {
        Role.INSPECTOR,
        Role.REGION_LEADER,
        Role.SYSTEM_ADMINISTRATOR,
        Role.SECURITY_ADMINISTRATOR,
        Role.AUDIT_ADMINISTRATOR,
    }
)
