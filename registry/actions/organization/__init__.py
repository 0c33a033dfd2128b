"""Verbs on organizations, posts, people and roles."""

from ...access import CONSOLE
from .people import (
    appoint,
    console_actor,
    create_person,
    end_appointment,
    end_person,
    give_password,
    hand_over,
    is_one_time,
    load_of,
    rename_person,
)
from .places import (
    change_post,
    close_organization,
    close_post,
    closing_obstacles,
    create_organization,
    create_post,
    merge_organizations,
    merging_obstacles,
    move_organization,
    move_post,
    rename_organization,
    split_organization,
)
from .roles import assign, end_assignment, end_recusal, recuse
