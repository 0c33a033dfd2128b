"""What the child processes of the race tests do. Nothing of Django is imported before the database is known."""


def connect(database_name: str) -> None:
    """Set Django up on the test's database."""
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database_name
    import django

    django.setup()


def decide(database_name: str, barrier, jobs, answers) -> None:
    """Decide, at the same moment as the others, what comes through `jobs`; None ends."""
    connect(database_name)
    from registry.actions import declarations
    from registry.models import Approval, Person
    from registry.rules import Refused

    for approval_id, username, verdict, version, seen in iter(jobs.get, None):
        approval, by = Approval.objects.get(pk=approval_id), Person.objects.get(username=username)
        barrier.wait(60)
        try:
            declarations.decide_declaration(
                by=by, approval=approval, verdict=verdict, version=version, seen_digest=seen, reason="同时"
            )
            answers.put("done")
        except Refused:
            answers.put("refused")
        except Exception as error:  # told to the test, which fails on it
            answers.put(repr(error))


def file_all(database_name: str, ready, approval_ids: list[int]) -> None:
    """File one declaration after the other."""
    connect(database_name)
    from registry.actions import declarations
    from registry.models import Approval, Declaration, Person
    from registry.rules import digest

    by = Person.objects.get(username="clerk")
    ready.set()
    for approval_id in approval_ids:
        approval = Approval.objects.get(pk=approval_id)
        declaration = Declaration.objects.get(approval=approval)
        declarations.decide_declaration(
            by=by,
            approval=approval,
            verdict="file",
            version=approval.version,
            seen_digest=digest(declarations.content_of(declaration)),
        )


def start(database_name: str, barrier, answers) -> None:
    """Begin the holder's declaration at the same moment as the others."""
    connect(database_name)
    from registry.actions import declarations
    from registry.models import Appointment, Person

    person = Person.objects.get(username="holder")
    appointment = Appointment.objects.select_related("post__organization").get(person=person)
    barrier.wait(60)
    try:
        answers.put(declarations.start_declaration(by=person, appointment=appointment).pk)
    except Exception as error:  # told to the test, which fails on it
        answers.put(repr(error))
