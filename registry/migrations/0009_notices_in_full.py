import importlib

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Of what was posted and objected to before both were sealed: columns no seal covers, rows that are final.
FINAL = (
    ("publicnotice", {"position", "state", "version", "changed_by_id", "changed_at"}, ~models.Q(number=None)),
    ("objection", set(), models.Q()),
)


def seal_what_was_there(apps, schema_editor) -> None:
    """Seal the notices that were posted before, and the objections, if there are any."""
    if any(apps.get_model("registry", name).objects.filter(final).exists() for name, _loose, final in FINAL):
        importlib.import_module("registry.migrations.0005_audit_chain").seal_rows(apps, FINAL)


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0008_sign_in"),
    ]

    operations = [
        migrations.CreateModel(
            name="NoticeExtension",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "cause",
                    models.CharField(
                        choices=[("calendar", "days off were announced later"), ("decision", "decided by two people")],
                        max_length=10,
                    ),
                ),
                ("days", models.PositiveSmallIntegerField(default=0)),
                ("reason", models.TextField(verbose_name="reason")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "waits for a second person"),
                            ("extended", "extended"),
                            ("returned", "not agreed to"),
                            ("withdrawn", "taken back"),
                            ("lapsed", "lapsed"),
                        ],
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("ends_before", models.DateField(null=True)),
                ("ends_on", models.DateField(null=True)),
                ("extended_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "extension of a public notice",
                "verbose_name_plural": "extensions of public notices",
                "ordering": ["pk"],
                "default_permissions": (),
            },
        ),
        migrations.AddField(
            model_name="historicalpublicnotice",
            name="earlier",
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="publicnotice",
            name="earlier",
            field=models.JSONField(null=True),
        ),
        migrations.AlterField(
            model_name="confirmation",
            name="act",
            field=models.CharField(
                choices=[
                    ("person.create", "enter a person"),
                    ("person.password", "give a new password"),
                    ("factor.reset", "remove a second factor"),
                    ("person.rename", "change the name of a person"),
                    ("person.end", "close an account"),
                    ("role.give", "give a role"),
                    ("role.end", "end a role"),
                    ("recusal.enter", "recuse somebody"),
                    ("recusal.end", "end a recusal"),
                    ("appointment.begin", "appoint somebody"),
                    ("appointment.end", "end an appointment"),
                    ("appointment.hand_over", "hand over a post"),
                    ("organization.move", "move an organization"),
                    ("organization.merge", "merge organizations"),
                    ("organization.split", "split a section"),
                    ("organization.close", "close an organization"),
                    ("post.move", "move a post"),
                    ("post.close", "close a post"),
                    ("post.successor", "name who takes over a post"),
                    ("calendar.set", "set days of the calendar"),
                    ("organization.import", "take in a workbook"),
                ],
                max_length=30,
                verbose_name="act",
            ),
        ),
        migrations.AlterField(
            model_name="decision",
            name="step",
            field=models.CharField(
                choices=[
                    ("head", "section head's review"),
                    ("supervisor", "supervising leader's review"),
                    ("principal", "principal leader's review"),
                    ("team", "leadership team's review"),
                    ("resolution", "leadership team's resolution"),
                    ("signature", "principal leader's signature"),
                    ("party", "party organization's review"),
                    ("office", "filing by the leading group's office"),
                    ("consent", "principal leader's consent to a wider scope"),
                    ("posting", "posting by a second person"),
                    ("extension", "consent of a second person to a longer notice"),
                    ("region", "region's review"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="naming",
            name="step",
            field=models.CharField(
                choices=[
                    ("head", "section head's review"),
                    ("supervisor", "supervising leader's review"),
                    ("principal", "principal leader's review"),
                    ("team", "leadership team's review"),
                    ("resolution", "leadership team's resolution"),
                    ("signature", "principal leader's signature"),
                    ("party", "party organization's review"),
                    ("office", "filing by the leading group's office"),
                    ("consent", "principal leader's consent to a wider scope"),
                    ("posting", "posting by a second person"),
                    ("extension", "consent of a second person to a longer notice"),
                    ("region", "region's review"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="publicnotice",
            name="replaces",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="shown_anew",
                to="registry.publicnotice",
            ),
        ),
        migrations.AddConstraint(
            model_name="publicnotice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("number", None)), fields=("replaces",), name="notice_begun_anew_once"
            ),
        ),
        migrations.AddField(
            model_name="noticeextension",
            name="approval",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="extension", to="registry.approval"
            ),
        ),
        migrations.AddField(
            model_name="noticeextension",
            name="asked_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="noticeextension",
            name="notice",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="extensions", to="registry.publicnotice"
            ),
        ),
        migrations.AddConstraint(
            model_name="noticeextension",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "asked")), fields=("notice",), name="extension_asked_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="noticeextension",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "extended"), _negated=True),
                    models.Q(
                        ("ends_before__isnull", False),
                        ("ends_on__gt", models.F("ends_before")),
                        ("extended_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="extension_only_longer",
            ),
        ),
        migrations.AddConstraint(
            model_name="noticeextension",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("approval", None), ("cause", "calendar"), ("days", 0)),
                    models.Q(("approval__isnull", False), ("cause", "decision"), ("days__gt", 0)),
                    _connector="OR",
                ),
                name="extension_has_its_cause",
            ),
        ),
        migrations.RunPython(seal_what_was_there, migrations.RunPython.noop),
    ]
