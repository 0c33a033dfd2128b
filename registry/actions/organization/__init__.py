"""Verbs on organizations, posts, people and roles."""

from ...access import CONSOLE
from .affected import Affected, affected_below, affected_of_posts
from .people import (
    appoint,
    ask_password,
    console_actor,
    create_person,
    end_appointment,
    end_person,
    give_password,
    hand_over,
    lift_lock,
    load_of,
    note_password_given,
    rename_person,
    reset_factor,
)
from .places import (
    add_placed,
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
    name_successor,
    possible_successors,
    rename_organization,
    split_organization,
)
from .roles import assign, end_assignment, end_recusal, recuse
